import { readdir, readlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createHostConfig, resolvePaths, withRun } from '@blockhost/kernel';
import { aVmSpec, makeHostRoot, type ProvisionerSubject, RecordingLogger } from '@blockhost/kernel/testing';
import { IGNORE_SHUTDOWN } from './guest/protocol.js';
import { DEFAULT_SANDBOX_DIR } from './inventory.js';
import Sandbox from './service.js';

/** The sandbox of the host that lives below `root`. */
export async function open(root: string): Promise<Sandbox> {
  const paths = resolvePaths({ BLOCKHOST_ROOT: root });
  return new Sandbox(paths, createHostConfig({ paths }));
}

interface Subject extends ProvisionerSubject {
  readonly provisioner: Sandbox;
  dispose(): Promise<void>;
}

/** What `blockhost plugins check` and the tests run the port's conformance suite with. */
export default {
  port: 'provisioner',

  async setup(): Promise<Subject> {
    const { root, paths, dispose } = await makeHostRoot({ plugins: [] });
    const provisioner = await open(root);
    await withRun({ name: 'template', log: new RecordingLogger() }, (run) =>
      provisioner.buildTemplate({ force: false }, run),
    );
    const vms = join(paths.resolve(DEFAULT_SANDBOX_DIR), 'vms');
    return {
      provisioner,
      spec: () => aVmSpec({ addresses: { ipv4: freeAddress(), ipv6: '2001:db8::7' } }),
      ignoreShutdown: async (vm) => {
        await provisioner.guestExec(vm, `touch ${IGNORE_SHUTDOWN}`, { timeoutMs: 5_000 });
      },
      async breakBackend() {
        await rename(vms, `${vms}.away`);
        return () => rename(`${vms}.away`, vms);
      },
      leftovers: async () => [...(await unlisted(vms)), ...(await processesThatStay(vms))],
      otherProcess: { module: import.meta.url, argument: root },
      dispose,
    };
  },

  async teardown({ provisioner, dispose }: Subject): Promise<void> {
    await provisioner.purge();
    await dispose();
  },
};

const LEAVE_MS = 10_000;
let given = 0;

/** Addresses that no other test process hands out: its pid is in them. */
function freeAddress(): string {
  given += 1;
  return `127.${100 + (given % 100)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
}

/** Folders that are no VM. */
async function unlisted(vms: string): Promise<string[]> {
  return (await readdir(vms)).filter((name) => name.startsWith('.')).map((name) => `folder ${name}`);
}

/** Those that do not leave by themselves: a supervisor that was still being started finds that it comes too late. */
async function processesThatStay(vms: string): Promise<string[]> {
  const deadline = Date.now() + LEAVE_MS;
  for (;;) {
    const found = await processesBelow(vms);
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(20);
  }
}

/** Processes that stand in the folder of a VM which is gone; those of living VMs are expected. */
async function processesBelow(vms: string): Promise<string[]> {
  const alive = await readdir(vms);
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const vm = cwd.startsWith(`${vms}/`) ? cwd.slice(vms.length + 1) : null;
    if (vm !== null && !alive.includes(vm.split('/')[0] ?? '')) found.push(`process ${pid} of ${vm}`);
  }
  return found;
}
