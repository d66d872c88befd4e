import path from 'node:path';
import { BlockhostError, makeFolder } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { withFlock } from './flock.js';
import { writeRecords } from './mirror-vms.js';
import { fileLeads } from './records.js';
import { digestOf, RecordsInFile } from './records-in-file.js';

/**
 * From now on `file` leads and the database follows it: for hosts whose provisioner writes it. No other process of the
 * host runs meanwhile. Throws `state.leads-already`, and what `mirrorVms` throws.
 */
export async function handOver(database: Knex, file: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o750);
  await withFlock(`${file}.lock`, () =>
    database.transaction(async (tx) => {
      if (await fileLeads(tx)) throw leadsAlready(`${file} leads already.`);
      const text = await writeRecords(tx, file);
      await tx('vms_file').insert({ id: 1, digest: digestOf(text) });
    }),
  );
}

/** From now on the database leads again, with all that `file` says. Throws `state.leads-already`, `state.bad-file`. */
export async function takeBack(database: Knex, file: string): Promise<void> {
  if (!(await fileLeads(database))) throw leadsAlready('The database leads already.');
  await new RecordsInFile(database, file).write(async (tx) => {
    await tx('vms_file').delete();
  });
}

function leadsAlready(sentence: string): BlockhostError {
  return new BlockhostError('state.leads-already', sentence, { remedy: 'There is nothing to do.' });
}
