import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHostConfig, type Paths, resolvePaths } from '@blockhost/kernel';
import { DB_YAML, type DbYaml } from '@blockhost/kernel/host-files';
import { openDatabase } from '@blockhost/kernel/store';
import { RecordingLogger } from '@blockhost/kernel/testing';
import type { Knex } from 'knex';
import migrations from './migrations.js';
import { handOver } from './state/hand-over.js';
import { vmsFile } from './state/vms-file.js';
import SqlVmStore from './vms/sql-vm-store.js';

interface Whereabouts {
  readonly url?: string | null;
  readonly inFile?: boolean;
}

/** A real database, real configuration files and a clock of its own, in a folder that goes with it. */
export class TestHost {
  private constructor(
    readonly paths: Paths,
    readonly database: Knex,
    readonly vms: SqlVmStore,
    readonly clock: TestClock,
  ) {}

  /** With `url` its state lies in that empty PostgreSQL database; with `inFile` `vms.json` leads. */
  static async create(db: DbYaml = {}, { url = null, inFile = false }: Whereabouts = {}): Promise<TestHost> {
    const root = await mkdtemp(path.join(tmpdir(), 'blockhost-hosting-'));
    const paths = resolvePaths({ BLOCKHOST_ROOT: root });
    await mkdir(paths.config, { recursive: true });
    const config = createHostConfig({ paths });
    await config.write(DB_YAML, db);
    const database = await openDatabase({ paths, migrations: [{ plugin: 'hosting', ...migrations }], url });
    if (inFile) await handOver(database, await vmsFile(config, paths));
    const clock = new TestClock();
    return new TestHost(
      paths,
      database,
      new SqlVmStore(database, config, clock, paths, new RecordingLogger()),
      clock,
    );
  }

  async dispose(): Promise<void> {
    await this.database.destroy();
    await rm(this.paths.root, { recursive: true, force: true });
  }
}

/** Stands still unless told, and sleeps by moving on. */
export class TestClock {
  #now = Date.parse('2026-01-01T00:00:00Z');

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.advance(ms);
  }
}
