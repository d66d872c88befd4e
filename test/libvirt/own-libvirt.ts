import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartedProcess } from '../kernel/daemon/started-process.js';

const repository = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** Network of the VMs in these tests; the host has the first address on its bridge. */
export const NETWORK = '10.77.0';
export const PREFIX = '2001:db8:77::/64';

/**
 * libvirt's daemons as systemd would have them, in network, mounts and processes of their own: bridge, sockets and VMs are
 * seen by nobody else, and all of it ends with the first process. QEMU runs as root here, without namespaces of its own.
 */
const SETUP = `
set -e
for folder in /run /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do mount -t tmpfs none $folder; done
printf '%s\\n' 'auth_unix_rw="none"' 'auth_unix_ro="none"' > /etc/libvirt/libvirtd.conf
printf '%s\\n' 'user="root"' 'group="root"' 'security_driver="none"' 'namespaces=[]' 'remember_owner=0' > /etc/libvirt/qemu.conf
# The devices that /sys tells of are those of the network it was mounted in.
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs none /sys
mount --rbind /run/cgroup /sys/fs/cgroup
ip link set lo up
ip link add br0 type bridge
ip address add ${NETWORK}.1/24 dev br0
ip -6 address add 2001:db8:77::1/64 dev br0 nodad
ip link set br0 up
virtlogd -d
libvirtd -d
echo ready
# It collects what ends, as a VM that nobody collects would look alive, until whoever started it is gone.
cat > /dev/null
exit 0
`;

/** A libvirt, and a root agent beside it, that nobody else on this machine notices. Needs to run as root. */
export class OwnLibvirt {
  readonly #agents: StartedProcess[] = [];

  private constructor(
    private readonly namespaces: ChildProcess,
    private readonly init: string,
  ) {}

  static async start(): Promise<OwnLibvirt> {
    if (process.geteuid?.() !== 0) throw new Error('libvirtd is started here: run this as root.');
    const own = ['--net', '--uts', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'];
    const namespaces = spawn('unshare', [...own, 'sh', '-c', SETUP], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve, reject) => {
      namespaces.stdout.once('data', resolve);
      namespaces.once('close', () =>
        reject(new Error('libvirt cannot be started in a namespace of its own')),
      );
    });
    const { pid } = namespaces;
    const init = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
    return new OwnLibvirt(namespaces, init);
  }

  /** Runs a program beside libvirt to its end; answers its standard output. */
  async run(program: string, ...args: string[]): Promise<string> {
    return (await run('nsenter', [...this.#enter, program, ...args])).stdout;
  }

  /** Starts a program beside libvirt, which ends with it. */
  start(program: string, ...args: string[]): StartedProcess {
    const started = new StartedProcess('nsenter', [...this.#enter, program, ...args], process.env);
    this.#agents.push(started);
    return started;
  }

  virsh(...args: string[]): Promise<string> {
    return this.run('virsh', '-q', '-c', 'qemu:///system', ...args);
  }

  /** Ends libvirtd, and only it: VMs run on. Answers what starts it again. */
  async stopLibvirt(): Promise<() => Promise<void>> {
    await this.run(
      'sh',
      '-c',
      'pid=$(cat /run/libvirtd.pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done',
    );
    return async () => {
      await this.run('libvirtd', '-d');
    };
  }

  /** libvirtd dies without a word and is started again. VMs run on. */
  async crashLibvirt(): Promise<void> {
    const died = 'while kill -0 $pid 2>/dev/null; do sleep 0.05; done; rm -f /run/libvirtd.pid';
    await this.run('sh', '-c', `pid=$(cat /run/libvirtd.pid); kill -KILL $pid; ${died}; libvirtd -d`);
  }

  /** libvirtd takes connections and answers nothing. */
  async freezeLibvirt(): Promise<() => Promise<void>> {
    const signal = (name: string) => this.run('sh', '-c', `kill -${name} $(cat /run/libvirtd.pid)`);
    await signal('STOP');
    return async () => {
      await signal('CONT');
    };
  }

  /** libvirtd starts anew and knows of no VM, while all of them run on. Answers what gives it its memory back. */
  async forgetDomains(): Promise<() => Promise<void>> {
    const start = await this.stopLibvirt();
    const move = (from: string, to: string) =>
      this.run('sh', '-c', `mkdir -p ${to} && cd ${from} && mv *.xml ${to}`);
    await move('/etc/libvirt/qemu', '/run/away/defined');
    await move('/run/libvirt/qemu', '/run/away/running');
    await start();
    return async () => {
      const startAgain = await this.stopLibvirt();
      await move('/run/away/defined', '/etc/libvirt/qemu');
      await move('/run/away/running', '/run/libvirt/qemu');
      await startAgain();
    };
  }

  /** Starts the root agent of the host below `root`, which ends with this libvirt, or at `failpoint`. */
  async startAgent(root: string, failpoint?: string): Promise<void> {
    const env = {
      PATH: process.env.PATH,
      BLOCKHOST_ROOT: root,
      BLOCKHOST_LOG_FORMAT: 'json',
      ...(failpoint !== undefined && { BLOCKHOST_FAILPOINT: failpoint }),
    };
    const argv = [...this.#enter, join(repository, 'bin/blockhost'), 'daemon', 'root-agent'];
    const agent = new StartedProcess('nsenter', argv, env);
    this.#agents.push(agent);
    await agent.line(/"daemon ready"/);
  }

  /** Ends every root agent at once, as a crash would; they run in the namespaces, as children of what entered them. */
  async killAgents(): Promise<void> {
    for (const agent of this.#agents.splice(0)) {
      const children = await readFile(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8').catch(
        () => '',
      );
      for (const pid of children.split(' ').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
      await agent.ended;
    }
  }

  /** Ends all of it, VMs as well. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.namespaces.once('close', resolve));
    this.namespaces.kill('SIGKILL');
    await ended;
    for (const each of this.#agents) await each.end();
  }

  get #enter(): readonly string[] {
    return ['--net', '--uts', '--mount', '--pid', '--target', this.init, '--'];
  }
}
