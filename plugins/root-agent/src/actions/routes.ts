import { actionParameters, type RootAction, type RootActionContext } from '@blockhost/kernel';
import { BROKER_ALLOCATION_JSON, DB_YAML } from '@blockhost/kernel/host-files';
import { isInPrefix, singleAddress } from '../ip-address.js';
import { denied } from './denied.js';
import { checkRouteDevice } from './host-bridge.js';
import { DEVICE } from './parameters.js';
import { runProgram } from './run-program.js';

const TIMEOUT_MS = 10_000;
const PARAMETERS = actionParameters({
  address: { type: 'string', minLength: 6, maxLength: 49 },
  dev: DEVICE,
});

export const ip6RouteAdd: RootAction = {
  name: 'ip6-route-add',
  parameters: PARAMETERS,
  timeoutMs: 30_000,
  resource: () => 'routes',
  async run(params, context) {
    const address = await addressOf(params, context);
    const device = String(params.dev);
    await checkRouteDevice(device, context);
    const argv = ['ip', '-6', 'route', 'replace', `${address}/128`, 'dev', device] as const;
    await runProgram(context.exec, argv, TIMEOUT_MS);
    return {};
  },
};

export const ip6RouteDel: RootAction = {
  name: 'ip6-route-del',
  parameters: PARAMETERS,
  timeoutMs: 30_000,
  resource: () => 'routes',
  async run(params, { exec, ...context }) {
    const address = await addressOf(params, context);
    const device = String(params.dev);
    // The device of a machine that is gone is gone as well, and its route with it: asking for the route tells.
    const found = await runProgram(exec, ['ip', '-6', '-json', 'route', 'show', 'table', 'main'], TIMEOUT_MS);
    const routes = JSON.parse(found || '[]') as readonly { readonly dst?: string; readonly dev?: string }[];
    const isThere = routes.some(
      ({ dst, dev }) => (dst === address || dst === `${address}/128`) && dev === device,
    );
    if (!isThere) return {};
    await checkRouteDevice(device, { exec, ...context });
    const argv = ['ip', '-6', 'route', 'del', `${address}/128`, 'dev', device] as const;
    await runProgram(exec, argv, TIMEOUT_MS);
    return {};
  },
};

/** The one address, canonical, inside the prefix that this host was given. */
async function addressOf(
  params: Readonly<Record<string, unknown>>,
  { config }: Pick<RootActionContext, 'config'>,
): Promise<string> {
  const address = singleAddress(String(params.address));
  const prefix =
    (await config.find(BROKER_ALLOCATION_JSON))?.prefix ?? (await config.find(DB_YAML))?.ipv6_pool?.prefix;
  if (prefix === undefined || !isInPrefix(address, prefix))
    throw denied(`${address} does not lie in a prefix of this host.`, 'Check broker-allocation.json.');
  return address;
}
