import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../demo/until.js';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

/** Who the server runs as, where that is not the account of the test. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** A PostgreSQL server of one test, on a socket in a folder that goes with it. Debian's; it refuses to run as root. */
export class PostgresServer {
  #databases = 0;

  private constructor(
    readonly folder: string,
    private readonly bin: string,
    private readonly account: Account,
    private readonly stopped: () => Promise<void>,
  ) {}

  static async start(): Promise<PostgresServer> {
    const [version] = (await readdir(DEBIAN)).sort((a, b) => Number(b) - Number(a));
    const bin = join(DEBIAN, version ?? '', 'bin');
    const account: Account = process.getuid?.() === 0 ? await postgresAccount() : {};
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-postgres-'));
    if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
    const data = join(folder, 'data');
    await run(
      join(bin, 'initdb'),
      ['-D', data, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '-U', 'host'],
      {
        ...account,
        cwd: folder,
      },
    );
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=80'],
      { ...account, cwd: folder, stdio: 'ignore' },
    );
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    const stop = async () => {
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    };
    const started = new PostgresServer(folder, bin, account, stop);
    await until('PostgreSQL to answer', 20_000, async () =>
      run(join(bin, 'pg_isready'), ['-h', folder, '-U', 'host', '-d', 'postgres']).then(
        () => true,
        () => null,
      ),
    ).catch(async (error) => {
      await stop();
      throw error;
    });
    return started;
  }

  /** Address of a new, empty database. */
  async database(): Promise<string> {
    this.#databases += 1;
    const name = `host${this.#databases}`;
    await this.psql('postgres', `create database ${name}`);
    return this.url(name);
  }

  url(name: string): string {
    return `postgres://host@localhost/${name}?host=${encodeURIComponent(this.folder)}`;
  }

  async psql(database: string, sql: string): Promise<string> {
    const words = ['-h', this.folder, '-U', 'host', '-d', database, '-v', 'ON_ERROR_STOP=1', '-Atc', sql];
    return (await run(join(this.bin, 'psql'), words, { ...this.account, cwd: this.folder })).stdout;
  }

  stop(): Promise<void> {
    return this.stopped();
  }
}

async function postgresAccount(): Promise<Account> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}
