import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import {
  boot,
  KERNEL_VERSION,
  type Kernel,
  type Paths,
  type PortRule,
  PRIVILEGED_ACTIONS,
  type PrivilegedActions,
} from '@blockhost/kernel';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { StartedProcess } from '../kernel/daemon/started-process.js';
import { until } from '../kernel/daemon/until.js';

const repository = join(import.meta.dirname, '../../..');

/** Account and group of the socket's users in these tests: Debian's `nobody`. */
export const NOBODY = 65_534;

/**
 * A host in a folder, with network, host name and mounts of its own: what the agent changes as root is seen by nobody else. Needs to
 * run as root.
 */
export class AgentHost {
  readonly #processes: StartedProcess[] = [];
  readonly #kernels: Kernel[] = [];

  private constructor(
    readonly host: HostRoot,
    private readonly namespaces: ChildProcess,
  ) {}

  static async create(): Promise<AgentHost> {
    if (process.geteuid?.() !== 0)
      throw new Error('The suite root-agent changes a firewall: run it as root.');
    const plugins = ['root-agent', 'engine-evm'].map((name) => join(repository, 'plugins', name));
    const host = await makeHostRoot({ plugins });
    const namespaces = spawn(
      'unshare',
      ['--net', '--uts', '--mount', 'sh', '-c', 'echo ready; exec sleep 600'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await new Promise((resolve, reject) => {
      namespaces.stdout.once('data', resolve);
      namespaces.once('close', () => reject(new Error('no namespace of its own can be made')));
    });
    return new AgentHost(host, namespaces);
  }

  get paths(): Paths {
    return this.host.paths;
  }

  get socket(): string {
    return join(this.paths.run, 'root-agent.sock');
  }

  /** Starts the daemon and waits until it is ready, or until it ended when a failpoint is expected to kill it. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<StartedProcess> {
    const agent = this.spawn([join(repository, 'bin/blockhost'), 'daemon', 'root-agent'], env);
    await agent.line(/"daemon ready"/);
    return agent;
  }

  /** Starts a program in the host's namespaces. */
  spawn(argv: readonly string[], env: NodeJS.ProcessEnv = {}): StartedProcess {
    const whole = {
      PATH: process.env.PATH,
      BLOCKHOST_ROOT: this.host.root,
      BLOCKHOST_LOG_FORMAT: 'json',
      ...env,
    };
    const started = new StartedProcess('nsenter', [...this.#enter, ...argv], whole);
    this.#processes.push(started);
    return started;
  }

  /** Runs a program in the host's namespaces to its end; answers its standard output. */
  async run(program: string, ...args: string[]): Promise<string> {
    return (await promisify(execFile)('nsenter', [...this.#enter, program, ...args])).stdout;
  }

  /** The rules of the chain of knocks in both families, without their common words. */
  async knocks(): Promise<string[]> {
    const rules: string[] = [];
    for (const [family, program] of [
      ['4', 'iptables'],
      ['6', 'ip6tables'],
    ] as const) {
      const text = await this.run(program, '-S').catch(() => '');
      for (const line of text.split('\n')) {
        const [, rule] = /^-A BLOCKHOST-KNOCK (.*) -j ACCEPT$/.exec(line) ?? [];
        if (rule !== undefined) rules.push(`${family}: ${rule.replace(/ -m (tcp|udp|comment)/g, '')}`);
      }
    }
    return rules;
  }

  /** The port as a consumer gets it. */
  async client(): Promise<PrivilegedActions> {
    const kernel = await boot({ process: 'test', paths: this.paths });
    this.#kernels.push(kernel);
    return kernel.get(PRIVILEGED_ACTIONS);
  }

  /** From now on a program of that name always fails on this host. */
  async breakProgram(name: string): Promise<void> {
    await this.putProgram(name, 'exit 1');
  }

  /** From now on a program of that name is this shell script on this host. */
  async putProgram(name: string, script: string): Promise<void> {
    const mount = 'mountpoint -q /usr/local/sbin || mount -t tmpfs none /usr/local/sbin';
    const put = 'printf "#!/bin/sh\\n%s\\n" "$2" > "$1" && chmod 755 "$1"';
    await this.run('sh', '-c', `${mount}; ${put}`, 'sh', `/usr/local/sbin/${name}`, script);
  }

  async mendPrograms(): Promise<void> {
    await this.run('umount', '/usr/local/sbin');
  }

  /**
   * From now on whatever is put into the firewall is noted beside; the agent is not asked. Answers the rules that the chain
   * of knocks has held, in the order in which they came.
   */
  async watchFirewall(): Promise<() => Promise<PortRule[]>> {
    const notes = join(this.paths.root, 'firewall-notes');
    const script = [
      'mount -t tmpfs none /usr/local/sbin',
      'for name in iptables-restore ip6tables-restore; do',
      '  printf "#!/bin/sh\\ntee -a %s | /usr/sbin/%s \\"\\$@\\"\\n" "$1" "$name" > "/usr/local/sbin/$name"',
      '  chmod 755 "/usr/local/sbin/$name"',
      'done',
    ];
    await this.run('sh', '-c', script.join('\n'), 'sh', notes);
    return async () => (await readFile(notes, 'utf8').catch(() => '')).split('\n').flatMap(toRules);
  }

  /** The rules that the chain of knocks holds, each once, whatever its families. */
  async openPorts(): Promise<PortRule[]> {
    const rules: PortRule[] = [];
    for (const program of ['iptables', 'ip6tables'])
      for (const line of (await this.run(program, '-S').catch(() => '')).split('\n'))
        for (const rule of toRules(line))
          if (!rules.some((each) => isDeepStrictEqual(each, rule))) rules.push(rule);
    return rules;
  }

  /** Writes a file below the host's root. */
  async put(path: string, content: unknown): Promise<void> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(this.paths.resolve(path), text, { mode: 0o640 });
  }

  async read(path: string): Promise<string> {
    return readFile(this.paths.resolve(path), 'utf8');
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.read(path)) as Record<string, unknown>;
  }

  /** Waits until an action of the fixture has written this line. */
  async noted(line: string): Promise<void> {
    const file = this.paths.resolve('/var/lib/blockhost/notes');
    await until(() => existsSync(file) && readFileSync(file, 'utf8').split('\n').includes(line));
  }

  /** The lines of the audit file. */
  async audit(): Promise<Record<string, unknown>[]> {
    const text = await this.read('/var/log/blockhost/root-agent-audit.log').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Installs a plugin whose `rootActions` module has this source. */
  async install(name: string, actions: readonly string[], source: string): Promise<void> {
    const folder = join(this.paths.share, 'plugins.d');
    await writeFile(join(folder, `${name}.mjs`), source);
    const manifest = {
      schema: 1,
      name,
      version: '1.0.0',
      display_name: name,
      requires: { kernel: `^${KERNEL_VERSION}` },
      entries: { rootActions: `./${name}.mjs` },
      contributes: { actions: actions.map((each) => ({ name: each, summary: 'test' })) },
    };
    await writeFile(join(folder, `${name}.json`), JSON.stringify(manifest));
  }

  async remove(): Promise<void> {
    for (const each of this.#processes) await each.end();
    for (const kernel of this.#kernels) await kernel.stop();
    const ended = new Promise((resolve) => this.namespaces.once('close', resolve));
    this.namespaces.kill('SIGKILL');
    await ended;
    await this.host.dispose();
  }

  get #enter(): readonly string[] {
    return ['--net', '--uts', '--mount', '--target', String(this.namespaces.pid), '--'];
  }
}

/** The rule of a line as iptables-save(8) writes it; none when it is another one. */
function toRules(line: string): PortRule[] {
  const comment = / --comment (\S+) /.exec(line)?.[1];
  const port = / --dport (\d+) /.exec(line)?.[1];
  const proto = / -p (tcp|udp) /.exec(line)?.[1];
  if (!line.startsWith('-A BLOCKHOST-KNOCK ') || !comment || !port || !proto) return [];
  // A source of one address is shown with the length of its mask.
  const source = / -s ([^\s/]+)(?:\/(?:32|128))? /.exec(line)?.[1];
  return [{ port: Number(port), proto: proto as PortRule['proto'], comment, ...(source && { source }) }];
}
