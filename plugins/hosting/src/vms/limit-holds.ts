import type { VmLimits } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Limit } from './vm-limits.js';
import type { VmRow } from './vm-row.js';

type Limits = Readonly<Partial<Record<Limit, number>>>;

/**
 * Limits that a program has set, with what stood before: nothing, or a looser one. One that a person sets afterwards is
 * that person's, and its row goes.
 */
export async function createLimitHolds(database: Knex): Promise<void> {
  await database.raw(`create table vm_limit_holds (
    vm_id integer not null references vms (id) on delete cascade,
    name text not null,
    holder text not null,
    held integer not null,
    previous integer,
    primary key (vm_id, name)
  ) strict`);
}

/** A person sets limits, or lifts them with `null`. Answers what stands then. */
export async function setByPerson(tx: Knex, row: VmRow, limits: VmLimits): Promise<Limits> {
  await tx('vm_limit_holds').where({ vm_id: row.id }).whereIn('name', Object.keys(limits)).delete();
  return { ...standingIn(row), ...limits } as Limits;
}

/** A program sets limits where none stands or a looser one; what it has set before it may change. */
export async function hold(tx: Knex, row: VmRow, limits: VmLimits, holder: string): Promise<Limits> {
  const standing: Record<string, number> = { ...standingIn(row) };
  for (const [name, wanted] of Object.entries(limits)) {
    if (typeof wanted !== 'number') continue;
    const own = await heldBy(tx, row, name, holder);
    const previous = own ? own.previous : (standing[name] ?? null);
    if (previous !== null && previous <= wanted) {
      // That one is strict enough: it stands by itself.
      standing[name] = previous;
      await tx('vm_limit_holds').where({ vm_id: row.id, name, holder }).delete();
      continue;
    }
    await tx('vm_limit_holds')
      .insert({ vm_id: row.id, name, holder, held: wanted, previous })
      .onConflict(['vm_id', 'name'])
      .merge();
    standing[name] = wanted;
  }
  return standing;
}

/** A program lets go of limits: what stood before stands again, where nobody has changed them since. */
export async function release(
  tx: Knex,
  row: VmRow,
  names: readonly Limit[],
  holder: string,
): Promise<Limits> {
  const standing: Record<string, number> = { ...standingIn(row) };
  for (const name of names) {
    const own = await heldBy(tx, row, name, holder);
    if (!own) continue;
    if (own.previous === null) delete standing[name];
    else standing[name] = own.previous;
    await tx('vm_limit_holds').where({ vm_id: row.id, name }).delete();
  }
  return standing;
}

/** A row that does not say what the record says was overtaken: `vms.json`, where it leads, knows nothing of holders. */
async function heldBy(tx: Knex, row: VmRow, name: string, holder: string): Promise<Hold | undefined> {
  const own: Hold | undefined = await tx('vm_limit_holds').where({ vm_id: row.id, name, holder }).first();
  return own && own.held === standingIn(row)[name as Limit] ? own : undefined;
}

interface Hold {
  readonly held: number;
  readonly previous: number | null;
}

function standingIn({ limits }: VmRow): Limits {
  return JSON.parse(limits) as Limits;
}
