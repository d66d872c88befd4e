import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The checkout: two folders above the compiled file's own `dist/demo`. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The plugins a demonstration host is made of. */
export const demoPlugins: readonly string[] = [
  'engine-evm',
  'provisioner-sandbox',
  'provisioner-exec',
  'hosting',
  'installer',
];

/** A whole BlockHost host below one folder, driven as its operator would: by its programs. */
export class DemoHost {
  readonly #children = new Set<ChildProcess>();
  /** Stands before every command, to run it as others see the machine: `nsenter --mount=…`. */
  prefix: readonly string[] = [];

  constructor(
    readonly root: string,
    readonly plugins: readonly string[] = demoPlugins,
  ) {}

  /** Empties the folder and links the plugins into it: names of the checkout's own, or folders of others. */
  static async create(root: string, plugins = demoPlugins): Promise<DemoHost> {
    await emptyHost(root);
    const host = new DemoHost(root, plugins);
    for (const folder of [
      'etc/blockhost',
      'var/lib/blockhost',
      'run/blockhost',
      'usr/share/blockhost/plugins.d',
    ])
      await mkdir(join(root, folder), { recursive: true });
    for (const plugin of plugins) {
      const folder = resolve(checkout, 'plugins', plugin);
      await host.run('plugins', 'link', folder);
      await host.#installForeign(folder);
    }
    return host;
  }

  /** What the package of a foreign plugin would do: its programs on the fixed path, then its first-boot hook. */
  async #installForeign(folder: string): Promise<void> {
    const programs = await readdir(join(folder, 'bin')).catch(() => []);
    if (programs.length === 0) return;
    const bin = join(this.root, 'usr/local/bin');
    await mkdir(bin, { recursive: true });
    for (const program of programs) await symlink(join(folder, 'bin', program), join(bin, program));
    const manifest = JSON.parse(await readFile(join(folder, 'provisioner.json'), 'utf8'));
    const hook: unknown = manifest.setup?.first_boot_hook;
    if (typeof hook === 'string')
      await promisify(execFile)(join(this.root, hook), { env: this.environment(), timeout: 60_000 });
  }

  /** The environment of everything that runs on this host; extra variables for one program. */
  environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return { ...process.env, BLOCKHOST_ROOT: this.root, ...extra };
  }

  /** Starts `blockhost ARGS`; it ends with this host. */
  start(
    args: readonly string[],
    options: { readonly env?: Record<string, string>; readonly onLine?: (line: string) => void } = {},
  ) {
    const [program = '', ...rest] = [...this.prefix, join(checkout, 'bin/blockhost'), ...args];
    const child = spawn(program, rest, {
      env: this.environment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    let line = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-65_536);
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) options.onLine?.(each);
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#children.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    return { child, ended };
  }

  /** Runs `blockhost ARGS` to its end and answers its standard output; throws with its error text otherwise. */
  async run(...args: string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await this.start(args).ended;
    if (code !== 0) throw new Error(`blockhost ${args.join(' ')} ended with ${code ?? signal}:\n${stderr}`);
    return stdout;
  }

  /** Ends whatever was started, gently first. */
  async stop(): Promise<void> {
    const waiting = [...this.#children].map(
      (child) =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
          child.once('close', () => {
            clearTimeout(timer);
            resolve();
          });
          child.kill('SIGTERM');
        }),
    );
    await Promise.all(waiting);
  }
}

/** Removes the host of an earlier run; a folder that holds anything else is somebody's. */
async function emptyHost(root: string): Promise<void> {
  const present = await readdir(root).catch(() => []);
  const isHost = await access(join(root, 'usr/share/blockhost')).then(
    () => true,
    () => false,
  );
  if (present.length > 0 && (root === '/' || !isHost))
    throw new Error(
      `${root} is not empty and holds no earlier demonstration. Name another folder: --root FOLDER`,
    );
  await rm(root, { recursive: true, force: true });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
