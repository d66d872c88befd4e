import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
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
# It collects what ends: a VM that nobody collects would look alive.
while :; do sleep 1; done
`;

/** A host in a folder with a libvirt and a root agent of its own. Needs to run as root. */
export class LibvirtHost {
  readonly #processes: StartedProcess[] = [];

  private constructor(
    readonly host: HostRoot,
    private readonly namespaces: ChildProcess,
    private readonly init: string,
  ) {}

  static async create(): Promise<LibvirtHost> {
    if (process.geteuid?.() !== 0) throw new Error('The suite libvirt starts libvirtd: run it as root.');
    const plugins = ['root-agent', 'provisioner-libvirt'].map((name) => join(repository, 'plugins', name));
    const host = await makeHostRoot({ plugins });
    const db = {
      bridge: 'br0',
      libvirt: { domain_type: 'qemu', template: { kind: 'mini' } },
      ip_pool: { network: `${NETWORK}.0/24`, start: 10, end: 250, gateway: `${NETWORK}.1` },
      ipv6_pool: { prefix: PREFIX },
    };
    await writeFile(join(host.paths.config, 'db.yaml'), JSON.stringify(db), { mode: 0o640 });
    const own = ['--net', '--uts', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=KILL'];
    const namespaces = spawn('unshare', [...own, 'sh', '-c', SETUP], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve, reject) => {
      namespaces.stdout.once('data', resolve);
      namespaces.once('close', () =>
        reject(new Error('libvirt cannot be started in a namespace of its own')),
      );
    });
    const { pid } = namespaces;
    const init = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
    const started = new LibvirtHost(host, namespaces, init);
    try {
      await started.#startAgent();
    } catch (error) {
      await started.remove();
      throw error;
    }
    return started;
  }

  /** Runs a program beside libvirt to its end; answers its standard output. */
  async run(program: string, ...args: string[]): Promise<string> {
    return (await run('nsenter', [...this.#enter, program, ...args])).stdout;
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

  /** libvirtd takes connections and answers nothing. */
  async freezeLibvirt(): Promise<() => Promise<void>> {
    const signal = (name: string) => this.run('sh', '-c', `kill -${name} $(cat /run/libvirtd.pid)`);
    await signal('STOP');
    return async () => {
      await signal('CONT');
    };
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.namespaces.once('close', resolve));
    this.namespaces.kill('SIGKILL');
    await ended;
    for (const each of this.#processes) await each.end();
    await this.host.dispose();
  }

  async #startAgent(): Promise<void> {
    const env = { PATH: process.env.PATH, BLOCKHOST_ROOT: this.host.root, BLOCKHOST_LOG_FORMAT: 'json' };
    const argv = [...this.#enter, join(repository, 'bin/blockhost'), 'daemon', 'root-agent'];
    const agent = new StartedProcess('nsenter', argv, env);
    this.#processes.push(agent);
    await agent.line(/"daemon ready"/);
  }

  get #enter(): readonly string[] {
    return ['--net', '--uts', '--mount', '--pid', '--target', this.init, '--'];
  }
}
