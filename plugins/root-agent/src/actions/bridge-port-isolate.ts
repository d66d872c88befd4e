import { actionParameters, type RootAction } from '@blockhost/kernel';
import { checkMachinePort } from './host-bridge.js';
import { DEVICE } from './parameters.js';
import { runProgram } from './run-program.js';

/** Lets a machine talk to the host and the world, not to its neighbours on the bridge. */
export const bridgePortIsolate: RootAction = {
  name: 'bridge-port-isolate',
  parameters: actionParameters({ dev: DEVICE }),
  timeoutMs: 30_000,
  resource: ({ dev }) => `device:${dev}`,
  async run({ dev }, context) {
    const device = String(dev);
    await checkMachinePort(device, context);
    await runProgram(context.exec, ['bridge', 'link', 'set', 'dev', device, 'isolated', 'on'], 10_000);
    return {};
  },
};
