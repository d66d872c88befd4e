import {
  absent,
  type PowerState,
  type Presence,
  present,
  sentenceOf,
  unknown,
  type VmListing,
} from '@blockhost/kernel';
import { type ListedRow, listing } from './listing.js';
import type { OrderRecords } from './order-records.js';
import { refusals } from './refusals.js';
import type { Verbs } from './verbs.js';

const POWER: Readonly<Record<string, PowerState>> = { active: 'running', suspended: 'stopped' };

/** What the executables say about machines, read as the port wants it: their exit codes alone prove nothing. */
export class MachineState {
  constructor(
    private readonly verbs: Verbs,
    private readonly records: OrderRecords,
  ) {}

  /**
   * The word that `status` prints (specification provisioners.md 3.4). `unknown` stands for "no record" as well as for
   * "cannot tell": only a list that answers and does not know the name settles it, and never for a VM made here.
   */
  async of(name: string): Promise<Presence<PowerState>> {
    try {
      const result = await this.verbs.run('status', [name]);
      const word = result.stdout.trim().split(/\s+/)[0] ?? '';
      if (result.code !== 0) return unknown(`status ended with ${result.signal ?? result.code}`);
      const power = POWER[word];
      if (power) return present(power);
      if (word === 'destroyed') return absent;
      if (word !== 'unknown') return unknown(`status answers "${word.slice(0, 40)}"`);
      if ((await this.records.read(name))?.phase === 'created')
        return unknown('status answers unknown for a VM that was made here');
      const rows = await this.#rows();
      if (rows === null) return unknown('status answers unknown and list does not answer');
      return rows.some((row) => row.name === name && row.status !== 'destroyed')
        ? unknown('status answers unknown for a VM that list knows')
        : absent;
    } catch (error) {
      return unknown(sentenceOf(error));
    }
  }

  /**
   * Why a verb cannot go on: the hypervisor answers nothing at all, or nothing of this VM. Executables that are missing
   * are no hypervisor that is away.
   */
  async refusal(name: string, reason: string): Promise<Error> {
    const rows = await this.#rows().catch(() => 'no list');
    return rows === null ? refusals.unreachable(name, reason) : refusals.unknownState(name, reason);
  }

  async all(): Promise<Presence<readonly VmListing[]>> {
    try {
      const rows = await this.#rows();
      if (rows === null) return unknown('list does not answer');
      const records = new Map((await this.records.all()).map((record) => [record.name, record]));
      const made = [...records.values()].filter(({ phase }) => phase === 'created');
      if (rows.length === 0 && made.length > 0)
        return unknown(`list is empty, but ${made.length} VMs were made here`);
      const living = rows.filter(({ status }) => status !== 'destroyed');
      const vague = living.find(({ status }) => POWER[status] === undefined);
      if (vague) return unknown(`list answers "${vague.status.slice(0, 40)}" for ${vague.name}`);
      return present(
        living.map(({ name, status, vmid }) => ({
          name,
          backendRef: records.get(name)?.result?.backendRef ?? vmid ?? name,
          power: POWER[status] as PowerState,
        })),
      );
    } catch (error) {
      return unknown(sentenceOf(error));
    }
  }

  /** null when the executable does not answer sensibly. Older ones know no `--format`. */
  async #rows(): Promise<ListedRow[] | null> {
    for (const args of [['--format', 'json'], []]) {
      const result = await this.verbs.run('list', args);
      const rows = result.code === 0 ? listing(result.stdout) : null;
      if (rows !== null) return rows;
    }
    return null;
  }
}
