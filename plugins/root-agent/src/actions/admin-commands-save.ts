import { actionParameters, type RootAction } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON } from '@blockhost/kernel/host-files';
import { PORT } from './parameters.js';

/** Replaces the command by which the administrator opens ports; other commands stay. Its name is a secret. */
export const adminCommandsSave: RootAction = {
  name: 'admin-commands-save',
  parameters: actionParameters({
    knock_command: {
      type: 'string',
      pattern: '^[A-Za-z0-9-][A-Za-z0-9_-]{3,63}$',
      rule: '4 to 64 letters, digits, dashes and underscores, not beginning with an underscore',
    },
    knock_ports: { type: 'array', items: PORT, minItems: 1, maxItems: 16, uniqueItems: true },
    knock_timeout: { type: 'integer', minimum: 1, maximum: 3_600 },
  }),
  timeoutMs: 30_000,
  secrets: ['knock_command'],
  resource: () => 'admin-commands',
  async run({ knock_command, knock_ports, knock_timeout }, { config }) {
    await config.update(ADMIN_COMMANDS_JSON, (present) => {
      const commands = Object.entries(present?.commands ?? {});
      const knock = commands.find(([, { action }]) => action === 'knock')?.[1];
      const others = commands.filter(([, { action }]) => action !== 'knock');
      return {
        ...present,
        commands: {
          ...Object.fromEntries(others),
          [String(knock_command)]: {
            ...knock,
            action: 'knock',
            params: {
              ...knock?.params,
              allowed_ports: knock_ports as readonly number[],
              default_duration: Number(knock_timeout),
            },
          },
        },
      };
    });
    return {};
  },
};
