import { readdir, readFile } from 'node:fs/promises';
import type { Exec } from '@blockhost/kernel';
import { NAMESPACE } from './domain-xml.js';
import { denied, failed } from './refusal.js';
import { mustVirsh, virsh } from './virsh.js';

/** `virsh domstate`, as libvirt words it: `running`, `shut off`, `paused`, …; null when libvirt knows no such domain. */
export async function domainState(exec: Exec, uuidOrName: string): Promise<string | null> {
  const answered = await virsh(exec, ['domstate', uuidOrName]);
  if (answered.kind === 'failed')
    throw failed(`The state of ${uuidOrName} is not known: ${answered.reason}.`);
  return answered.kind === 'absent' ? null : answered.text.trim();
}

export const isOff = (state: string) => state === 'shut off' || state === 'crashed';

/**
 * The state of a domain that an action may change: it is the one of this UUID, has this name, and was made by BlockHost.
 * null when it is absent; throws `root-agent.denied` for somebody else's.
 */
export async function ownDomain(exec: Exec, name: string, uuid: string): Promise<string | null> {
  const state = await domainState(exec, uuid);
  if (state === null) return null;
  const actual = (await mustVirsh(exec, ['domname', uuid])).trim();
  if (actual !== name) throw denied(`The VM of that UUID is ${actual}, not ${name}.`);
  const marked = await virsh(exec, ['metadata', uuid, '--uri', NAMESPACE]);
  if (marked.kind !== 'ok') throw denied(`${name} was not made by BlockHost.`);
  return state;
}

/** As {@link ownDomain}; absent is an error. */
export async function requireOwnDomain(exec: Exec, name: string, uuid: string): Promise<string> {
  const state = await ownDomain(exec, name, uuid);
  if (state === null) throw failed(`There is no VM ${name}.`);
  return state;
}

/** Throws while a process of QEMU runs the VM of this UUID, whatever libvirt knows of it. */
export async function checkNoProcess(uuid: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const words = line.split('\0');
    if (words[words.indexOf('-uuid') + 1] === uuid && words.includes('-uuid'))
      throw denied(
        `The VM still runs as process ${pid}, though libvirt does not know it.`,
        'Find out why libvirt lost it before anything of it is removed.',
      );
  }
}
