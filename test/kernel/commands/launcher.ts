import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';

const run = promisify(execFile);

/** The source tree; this module lies four folders below it once compiled. */
export const tree = join(import.meta.dirname, '../../../..');
export const launcher = join(tree, 'bin/blockhost');
export const node = join(tree, 'node_modules/node/bin/node');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Source of a module that calls `seen` with the URL of each file this process runs: modules, and scripts made of them. */
export const watchingFiles = (seen: string) => `
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
const seen = ${seen};
const vm = process.getBuiltinModule('node:vm');
vm.Script = class extends vm.Script {
  constructor(text, options) {
    seen(pathToFileURL(options.filename).href);
    super(text, options);
  }
};
registerHooks({ load(url, context, next) { seen(url); return next(url, context); } });
`;

/** A plugin with commands, as files: name and source of each module below `commands/`. */
export interface CommandPlugin {
  readonly name: string;
  readonly commands: Readonly<Record<string, { readonly summary: string; readonly source: string }>>;
  readonly shortNames?: Readonly<Record<string, string>>;
  /** Changes of the manifest after its commands were described. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** A host in a temporary folder that runs the real launcher. */
export class Bench {
  private constructor(
    readonly folder: string,
    readonly host: HostRoot,
  ) {}

  static async make(): Promise<Bench> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'blockhost-bench-')));
    return new Bench(folder, await makeHostRoot({ plugins: [] }));
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await this.host.dispose();
  }

  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { BLOCKHOST_DEBUG: _, ...env } = process.env;
    return { ...env, BLOCKHOST_ROOT: this.host.root, XDG_CACHE_HOME: join(this.folder, '.cache'), ...more };
  }

  /** Runs a program of `bin/`, or a link to the launcher, to its end. */
  async run(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return await ended(program, args, { env: this.environment(more), cwd: this.folder });
  }

  async blockhost(line: string, more: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return await this.run(launcher, line === '' ? [] : line.split(' '), more);
  }

  /** A link to the launcher under another name. */
  async link(name: string): Promise<string> {
    const path = join(this.folder, name);
    await symlink(launcher, path);
    return path;
  }

  /** Writes a plugin, describes its commands with the build's own script, and links it into the host. */
  async install({ name, commands, shortNames = {}, manifest = {} }: CommandPlugin): Promise<string> {
    const home = join(this.folder, name);
    await mkdir(join(home, 'node_modules/@blockhost'), { recursive: true });
    await symlink(join(tree, 'kernel'), join(home, 'node_modules/@blockhost/kernel'));
    await writeFile(join(home, 'package.json'), JSON.stringify({ name, version: '0.1.0', type: 'module' }));
    for (const [path, { source }] of Object.entries(commands)) {
      const file = join(home, 'commands', `${path}.js`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, source);
    }
    const promised = {
      schema: 1,
      name,
      version: '0.1.0',
      display_name: name,
      requires: { kernel: '^0.1' },
      entries: { commands: './commands' },
      contributes: {
        commands: Object.entries(commands).map(([path, { summary }]) => ({
          id: path.replaceAll('/', ' '),
          summary,
        })),
        short_names: shortNames,
      },
      bugs: `https://example.org/${name}/issues`,
    };
    const file = join(home, 'plugin.json');
    await writeFile(file, JSON.stringify(promised));
    await run(node, [join(tree, 'kernel/scripts/command-manifests.mjs'), home], { timeout: 30_000 });
    if (Object.keys(manifest).length) await writeFile(file, JSON.stringify({ ...promised, ...manifest }));
    await symlink(file, join(this.host.paths.share, 'plugins.d', `${name}.json`));
    return home;
  }

  /** Runs a command line and answers the files of all modules it loaded. */
  async modulesOf(line: string): Promise<string[]> {
    const trace = join(this.folder, 'trace.mjs');
    const record = join(this.folder, 'loaded');
    const append = `(url) => appendFileSync(${JSON.stringify(record)}, url + '\\n')`;
    await writeFile(trace, `import { appendFileSync } from 'node:fs';${watchingFiles(append)}`);
    await rm(record, { force: true });
    const { code, stderr } = await this.blockhost(line, { NODE_OPTIONS: `--import=${trace}` });
    if (code !== 0) throw new Error(`blockhost ${line} ended with ${code}: ${stderr}`);
    return (await readFile(record, 'utf8')).split('\n').filter((url) => url.startsWith('file:'));
  }
}

export async function ended(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<Ended> {
  const { timeoutMs = 30_000, ...rest } = options;
  const child = spawn(program, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? -15 : -1)));
  });
  return { code, stdout, stderr };
}

/** Source of a command module whose `run` is `body`; `statics` are lines of the class. */
export function commandSource(summary: string, body: string, statics = ''): string {
  return `import { Args, BlockhostCommand, Flags } from '@blockhost/kernel/command';
    export default class Command extends BlockhostCommand {
      static summary = ${JSON.stringify(summary)};
      static examples = ['<%= config.bin %> <%= command.id %>'];
      static enableJsonFlag = true;
      ${statics}
      async run() {
        const { args, flags } = await this.parse(Command);
        ${body}
      }
    }`;
}

/** A command with a required argument, and one without: enough for most cases. */
export const greeter: CommandPlugin = {
  name: 'greeter',
  commands: {
    'greet/hello': {
      summary: 'Say hello to somebody',
      source: commandSource(
        'Say hello to somebody',
        `this.progress('greeting…'); this.result({ hello: args.name, amount: 12n }, 'hello ' + args.name);`,
        `static args = { name: Args.string({ required: true }) };
         static flags = { loud: Flags.boolean({ summary: 'Shout' }) };`,
      ),
    },
    'greet/all': {
      summary: 'Say hello to everybody',
      source: commandSource(
        'Say hello to everybody',
        `this.result(['ada', 'bob'], ['hello ada', 'hello bob']);`,
      ),
    },
  },
  shortNames: { hello: 'greet hello', gr: 'greet' },
};
