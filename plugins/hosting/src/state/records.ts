import type { HostConfig, Logger, Paths } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Act } from './group-commit.js';

/** The tables of VM records, and what keeps them and `vms.json` the same. */
export interface Records {
  /** Resolves once the tables tell what is known now. */
  catchUp(): Promise<void>;
  /** One change: a transaction on tables that tell what is known now, durable when this resolves. */
  write<T>(act: Act<T>): Promise<T>;
}

/**
 * What leads on this host: the database, which `vms.json` may follow, or that file, because programs of other languages
 * write it (provisioners.md 4.1). A row of `vms_file` says that the file does. Each is loaded by hosts that have it.
 */
export async function openRecords(
  database: Knex,
  config: HostConfig,
  paths: Paths,
  log: Logger,
): Promise<Records> {
  if (await fileLeads(database)) {
    const [{ RecordsInFile }, { vmsFile }] = await Promise.all([
      import('./records-in-file.js'),
      import('./vms-file.js'),
    ]);
    return new RecordsInFile(database, await vmsFile(config, paths));
  }
  const { RecordsInDatabase } = await import('./records-in-database.js');
  return new RecordsInDatabase(database, config, paths, log);
}

export async function fileLeads(database: Knex): Promise<boolean> {
  return (await database('vms_file').first('id')) !== undefined;
}
