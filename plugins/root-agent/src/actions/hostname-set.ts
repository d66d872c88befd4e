import { readFile } from 'node:fs/promises';
import { hostname as currentName } from 'node:os';
import {
  actionParameters,
  discover,
  type Paths,
  type RootAction,
  withRun,
  writeFileAtomic,
} from '@blockhost/kernel';
import { denied } from './denied.js';

import { runProgram } from './run-program.js';

/** By convention of Debian the machine's own name stands at this address (`hostname(1)`). */
const OWN_ADDRESS = '127.0.1.1';

/** Names the machine: its own view of itself, `/etc/hostname` and `/etc/hosts`. */
export const hostnameSet: RootAction = {
  name: 'hostname-set',
  parameters: actionParameters({
    hostname: {
      type: 'string',
      // RFC 1123, section 2.1: one label.
      pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$',
      rule: 'a host name: 1 to 63 letters, digits and dashes, no dash at either end',
    },
  }),
  timeoutMs: 30_000,
  resource: () => 'hostname',
  async run({ hostname }, { exec, paths, log }) {
    const name = String(hostname).toLowerCase();
    if (isLocked(paths)) throw denied('The provisioner of this host does not allow another host name.');
    return withRun({ name: 'hostname-set', log }, async (run) => {
      // First the address book of the machine: a name that leads nowhere slows every program down.
      const hosts = paths.resolve('/etc/hosts');
      await run.step('hosts', async () => writeFileAtomic(hosts, withName(await textOf(hosts), name), 0o644));
      await run.step('file', () => writeFileAtomic(paths.resolve('/etc/hostname'), `${name}\n`, 0o644));
      if (currentName() !== name)
        await run.step('kernel', () => runProgram(exec, ['hostname', name], 10_000));
      return {};
    });
  },
};

function isLocked(paths: Paths): boolean {
  const provisioner = discover({ paths, trust: paths.root === '/' }).find(
    ({ kind }) => kind === 'provisioner',
  );
  return Reflect.get(provisioner?.manifest ?? {}, 'hostname_locked') === true;
}

/** The text with one line for the machine's own address, in place of all it had. */
function withName(text: string, name: string): string {
  const lines = text.split('\n').filter((line) => line.trim().split(/\s+/)[0] !== OWN_ADDRESS);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return `${[...lines, `${OWN_ADDRESS}\t${name}`].join('\n')}\n`;
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '127.0.0.1\tlocalhost\n';
    throw cause;
  });
