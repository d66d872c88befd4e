import { lstat, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ConfigFile,
  type Exec,
  type HostConfig,
  type Logger,
  makeFolder,
  type Paths,
  sentenceOf,
  withRun,
  writeFileAtomic,
} from '@blockhost/kernel';
import { runProgram } from '../actions/run-program.js';
import { ownFolder } from '../own-folder.js';
import { hostSite } from './host-site.js';
import { WebServer } from './web-server.js';

/** `admin.json` (specification host.md 1.4). */
export const ADMIN_JSON: ConfigFile<{ readonly path_prefix?: string }> = {
  name: 'admin.json',
  format: 'json',
  mode: 0o640,
  schema: { type: 'object', properties: { path_prefix: { type: 'string', minLength: 1 } } },
};

const SITE = '/etc/nginx/sites-available/blockhost';
const ENABLED = '/etc/nginx/sites-enabled/blockhost';
const FOLDER = '/var/lib/blockhost-root-agent';
/** Seconds in which the panel can still tell its user where it is going. */
const RESTART_AFTER = '3s';

/** What there was before a change that may have been cut off; null for what was not there. */
interface Journal {
  readonly prefix: string;
  readonly admin: string | null;
  readonly site: string | null;
  readonly isEnabled: boolean;
}

interface Context {
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly exec: Exec;
  readonly log: Logger;
}

/** The path of the admin panel: in `admin.json`, in the site of nginx, and in both processes that know it. */
export class AdminPath {
  readonly #context: Context;
  readonly #server: WebServer;

  constructor(context: Context) {
    this.#context = context;
    this.#server = new WebServer(context.exec, context.paths);
  }

  /** Moves it, everywhere or nowhere. */
  async move(prefix: string): Promise<void> {
    const { log, config } = this.#context;
    await this.finish();
    const site = await hostSite(prefix, this.#context);
    const before = await this.#present(prefix);
    await withRun({ name: 'admin-path-update', log }, async (run) => {
      await run.step(
        'journal',
        () => this.#write(before),
        () => this.#giveUp(),
      );
      await run.step(
        'site',
        () => this.#writeSite(site),
        () => this.#restoreSite(before),
      );
      await run.step('test', () => this.#server.test());
      // Decides: what was cut off before is taken back, what was cut off from here on is carried out.
      await run.step(
        'admin',
        () => config.update(ADMIN_JSON, (file) => ({ ...file, path_prefix: prefix })),
        () => restore(this.#adminFile, before.admin, 0o640),
      );
      await run.step('reload', () => this.#server.reload());
      await run.step('restart', () => this.#restartPanel());
      await run.step('done', () => rm(this.#journalFile, { force: true }));
    });
  }

  /** Carries out, or takes back, what a killed agent left half done. */
  async finish(): Promise<void> {
    const text = await textOf(this.#journalFile);
    if (text === null) return;
    const before = JSON.parse(text) as Journal;
    const { path_prefix } = (await this.#context.config.find(ADMIN_JSON)) ?? {};
    const isDecided = path_prefix === before.prefix;
    const site = isDecided ? await hostSite(before.prefix, this.#context) : null;
    await withRun({ name: 'admin-path-finish', log: this.#context.log }, async (run) => {
      await run.step('site', () => (site === null ? this.#restoreSite(before) : this.#writeSite(site)));
      await run.step('reload', () => this.#server.reload());
      if (isDecided) await run.step('restart', () => this.#restartPanel());
      await run.step('done', () => rm(this.#journalFile, { force: true }));
    });
  }

  get #journalFile(): string {
    return join(this.#context.paths.resolve(FOLDER), 'admin-path.json');
  }

  get #adminFile(): string {
    return join(this.#context.paths.config, ADMIN_JSON.name);
  }

  get #site(): string {
    return this.#context.paths.resolve(SITE);
  }

  get #enabled(): string {
    return this.#context.paths.resolve(ENABLED);
  }

  async #present(prefix: string): Promise<Journal> {
    return {
      prefix,
      admin: await textOf(this.#adminFile),
      site: await textOf(this.#site),
      isEnabled: (await lstat(this.#enabled).catch(() => null)) !== null,
    };
  }

  async #write(journal: Journal): Promise<void> {
    await ownFolder(dirname(this.#journalFile));
    await writeFileAtomic(this.#journalFile, `${JSON.stringify(journal)}\n`, 0o600);
  }

  async #writeSite(text: string): Promise<void> {
    await makeFolder(dirname(this.#site), 0o755);
    await makeFolder(dirname(this.#enabled), 0o755);
    await writeFileAtomic(this.#site, text, 0o644);
    await symlink(this.#site, this.#enabled).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }

  async #restoreSite({ site, isEnabled }: Journal): Promise<void> {
    if (!isEnabled) await rm(this.#enabled, { force: true });
    await restore(this.#site, site, 0o644);
  }

  /** After all files are as before. A server that does not take them now takes them with the next reload. */
  async #giveUp(): Promise<void> {
    const { log } = this.#context;
    await this.#server
      .reload()
      .catch((error) => log.warn('nginx goes on as it is', { reason: sentenceOf(error) }));
    await rm(this.#journalFile, { force: true });
  }

  /** Later, and by systemd: the panel is who asked, and the agent may be gone by then. */
  async #restartPanel(): Promise<void> {
    const restart = ['systemctl', 'restart', 'blockhost-admin.service'];
    const argv = ['systemd-run', '--quiet', '--collect', `--on-active=${RESTART_AFTER}`, '--', ...restart];
    await runProgram(this.#context.exec, argv as [string, ...string[]], 20_000);
  }
}

async function restore(path: string, text: string | null, mode: number): Promise<void> {
  if (text === null) await rm(path, { force: true });
  else await writeFileAtomic(path, text, mode);
}

function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
