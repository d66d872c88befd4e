import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERNEL_VERSION, type Paths, resolvePaths } from '@blockhost/kernel';
import { StartedProcess } from './started-process.js';

const repository = join(import.meta.dirname, '../../../..');

/** A daemon whose behaviour `BEHAVIOUR` chooses; `beat` and `pulse` both are it. */
const DAEMON = `
export default class Beat {
  async start(context) {
    context.status('beating');
    this.timer = setInterval(() => {}, 1_000);
    switch (process.env.BEHAVIOUR) {
      case 'no-start': throw new Error('the port is in use');
      case 'fail': setTimeout(() => context.fail(new Error('the heart stopped')), 20); break;
      case 'stray': setTimeout(() => { throw new Error('nobody caught https://me:hunter2@rpc.example/'); }, 20); break;
      case 'blocked': setTimeout(() => { console.error('blocking'); for (;;); }, 20); break;
      case 'unhandled': setTimeout(() => { void Promise.reject(new Error('nobody awaited')); }, 20); break;
    }
  }
  async health() {
    return process.env.BEHAVIOUR === 'ill' ? { healthy: false, reason: 'no blood' } : { healthy: true, facts: { beats: 7 } };
  }
  async stop() {
    if (process.env.BEHAVIOUR === 'restless') await new Promise(() => console.error('not yet'));
    clearInterval(this.timer);
    console.error('resting');
  }
}
`;

/** A whole host in a temporary folder, with one plugin that has two daemons. */
export class TestHost {
  readonly root = mkdtempSync(join(tmpdir(), 'blockhost-daemon-'));
  readonly paths: Paths = resolvePaths({ BLOCKHOST_ROOT: this.root });
  readonly #processes: StartedProcess[] = [];

  constructor() {
    const plugins = join(this.paths.share, 'plugins.d');
    mkdirSync(plugins, { recursive: true });
    writeFileSync(join(plugins, 'beat.mjs'), DAEMON);
    writeFileSync(join(plugins, 'heart.json'), JSON.stringify(manifest));
  }

  /** Installs one of the loader's fixtures. */
  install(fixture: string): void {
    const from = join(repository, 'test/kernel/loader/fixtures', fixture, 'plugin.json');
    symlinkSync(from, join(this.paths.share, 'plugins.d', `${fixture}.json`));
  }

  /** Starts `blockhost …` on this host. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): StartedProcess {
    return this.#start(join(repository, 'bin/blockhost'), args, env);
  }

  /** The same behind a terminal of its own (`script(1)`). */
  runInTerminal(args: readonly string[]): StartedProcess {
    return this.#start('script', [
      '-qec',
      [join(repository, 'bin/blockhost'), ...args].join(' '),
      '/dev/null',
    ]);
  }

  #start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): StartedProcess {
    const whole = { PATH: process.env.PATH, BLOCKHOST_ROOT: this.root, ...env };
    const started = new StartedProcess(program, args, whole);
    this.#processes.push(started);
    return started;
  }

  async remove(): Promise<void> {
    for (const each of this.#processes) await each.end();
    rmSync(this.root, { recursive: true, force: true });
  }
}

const manifest = {
  schema: 1,
  name: 'heart',
  version: '1.0.0',
  display_name: 'Heart',
  requires: { kernel: `^${KERNEL_VERSION}` },
  entries: { daemons: { beat: './beat.mjs', pulse: './beat.mjs' } },
  contributes: {
    daemons: [
      { id: 'beat', summary: 'beats' },
      { id: 'pulse', summary: 'beats elsewhere' },
    ],
  },
};
