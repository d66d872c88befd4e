import { actionParameters, type RootAction } from '@blockhost/kernel';
import { AdminPath } from '../web/admin-path.js';
import { denied } from './denied.js';

/** Names that belong to the site itself (specification host.md 7.4). */
const TAKEN = /^\/(api|static|assets|index|signup)(\/|$)/;

/** Moves the admin panel to another path, in `admin.json` and in the site of nginx, or nowhere when one of them fails. */
export const adminPathUpdate: RootAction = {
  name: 'admin-path-update',
  parameters: actionParameters({
    path_prefix: {
      type: 'string',
      pattern: '^/(?!.*//)[a-z0-9][a-z0-9/-]{0,62}[a-z0-9]$',
      rule: 'a slash and 2 to 64 small letters, digits, dashes and slashes, no two slashes together',
    },
  }),
  timeoutMs: 90_000,
  resource: () => 'nginx',
  async run({ path_prefix }, context) {
    const prefix = String(path_prefix);
    if (TAKEN.test(prefix)) throw denied(`${prefix} belongs to the site itself.`, 'Choose another path.');
    await new AdminPath(context).move(prefix);
    return {};
  },
};
