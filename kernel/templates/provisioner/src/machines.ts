import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockhostError, type PowerState, type VmSpec, writeFileAtomic } from '@blockhost/kernel';

/** A machine as the cloud keeps it. */
export interface Machine {
  readonly id: string;
  /** The address that the cloud gave it. */
  readonly ipv6: string;
  readonly power: PowerState;
  /** True once its first boot has finished. */
  readonly ready: boolean;
  /** Comment of the login user inside it: who may log in. */
  readonly gecos: string;
  readonly spec: VmSpec;
}

/**
 * The cloud itself: one file per machine. It makes this plugin work from the first minute; put the calls of your cloud's
 * API in its place. What the rest relies on: a machine can be found again by its name, and `find` answers null only when
 * it is certain that there is none. A cloud that does not answer is `provisioner.unreachable`: the host waits for it.
 */
export class Machines {
  constructor(private readonly folder: string) {}

  async find(name: string): Promise<Machine | null> {
    const text = await answered(readFile(this.#file(name), 'utf8'));
    return text === null ? null : (JSON.parse(text) as Machine);
  }

  async define(spec: VmSpec): Promise<Machine> {
    const id = randomUUID();
    return this.save({ id, ipv6: addressOf(id), power: 'stopped', ready: false, gecos: '', spec });
  }

  async save(machine: Machine): Promise<Machine> {
    await answered(mkdir(this.folder, { recursive: true, mode: 0o750 }));
    await writeFileAtomic(this.#file(machine.spec.name), JSON.stringify(machine), 0o640);
    return machine;
  }

  async remove(name: string): Promise<void> {
    await answered(rm(this.#file(name)));
  }

  async all(): Promise<Machine[]> {
    const files = (await answered(readdir(this.folder))) ?? [];
    const names = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
    const machines = await Promise.all(names.map((name) => this.find(name)));
    return machines.filter((machine) => machine !== null);
  }

  #file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}

/** The end of the id in 2001:db8::/32, which leads nowhere: it is kept for documentation (RFC 3849). */
function addressOf(id: string): string {
  const groups = id.replaceAll('-', '').slice(-24).match(/.{4}/g) ?? [];
  return ['2001', 'db8', ...groups.map((group) => Number.parseInt(group, 16).toString(16))].join(':');
}

/** What the cloud answers; null when it is certain that there is nothing. */
async function answered<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code === 'ENOENT') return null;
    throw new BlockhostError('provisioner.unreachable', 'The demo cloud does not answer.', { cause });
  }
}
