import { actionParameters, type RootAction } from '@blockhost/kernel';

import { runProgram } from './run-program.js';

const OWN_UNIT = 'blockhost-root-agent.service';

/** Restarts or reloads what belongs to this host: its own units and the web server. */
export const serviceControl: RootAction = {
  name: 'service-control',
  parameters: actionParameters({
    unit: {
      type: 'string',
      pattern: '^(blockhost-[a-z0-9-]{1,48}|nginx)(\\.service)?$',
      rule: 'nginx, or a unit whose name begins with "blockhost-"',
    },
    verb: { enum: ['restart', 'reload'] },
  }),
  timeoutMs: 120_000,
  resource: ({ unit }) => `unit:${nameOf(unit)}`,
  async run({ unit, verb }, { exec }) {
    const name = nameOf(unit);
    // The agent cannot wait for its own end.
    const options = name === OWN_UNIT ? ['--no-block'] : [];
    await runProgram(exec, ['systemctl', ...options, String(verb), '--', name], 110_000);
    return {};
  },
};

const nameOf = (unit: unknown): string => `${String(unit).replace(/\.service$/, '')}.service`;
