import { readdir } from 'node:fs/promises';
import type { PortRule } from '@blockhost/kernel';
import { judge } from '../invariants/check-invariants.js';
import { PRIVILEGE_INVARIANTS, type PrivilegeFacts } from '../invariants/privilege.js';
import type { AgentHost } from './agent-host.js';

const OF_SETUP = ['server', 'deployer', 'admin-signature'];

/**
 * Throws with every invariant of privilege that does not hold of a host, whoever of it is dead. `opened` are the rules that
 * its firewall has held, as far as somebody watched it; every key file but those of the set-up is taken for one that root made.
 */
export async function checkPrivileges(host: AgentHost, opened: readonly PortRule[] = []): Promise<void> {
  const { knocks } = (await host.json('/run/blockhost/knocks.json').catch(() => ({ knocks: [] }))) as {
    knocks: PrivilegeFacts['knocks'];
  };
  const audit = (await host.audit()) as unknown as PrivilegeFacts['audit'];
  const wallets = (await readdir(host.paths.config))
    .flatMap((file) => /^(.+)\.key$/.exec(file)?.[1] ?? [])
    .filter((wallet) => !OF_SETUP.includes(wallet));
  judge(PRIVILEGE_INVARIANTS, { opened, open: await host.openPorts(), wallets, audit, knocks });
}
