import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RootActionContext } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { failed } from './refusal.js';
import { mustVirsh } from './virsh.js';
import { vmFolder } from './vm-files.js';

/** Files deep that a disk may stand on others; libvirt's own bound is 200. */
const DEEPEST = 200;

/**
 * Names of the base images in `templates` that anything stands on: a disk in the folder of VMs (libvirt may have forgotten
 * its VM), a disk of any domain (the folder may be another since), a process that has one open. `vms` must have their disks
 * here. Throws `libvirt.failed` as soon as one thing is not known: then nothing may be removed.
 */
export async function usedBases(
  templates: string,
  vms: readonly string[],
  context: RootActionContext,
): Promise<Set<string>> {
  const folder = await vmFolder(context);
  const inFolder = (await readdir(folder)).filter((name) => !name.endsWith('.iso'));
  const disks = new Set([...inFolder.map((name) => join(folder, name)), ...(await disksOfDomains(context))]);
  const names = new Set([...disks].map((disk) => basename(disk)));
  for (const vm of vms) if (!names.has(`${vm}.qcow2`)) throw failed(`The disk of ${vm} is out of sight.`);
  const used = new Set<string>();
  for (const disk of disks) {
    const base = await baseOf(disk, templates, context);
    if (base !== null) used.add(base);
  }
  for (const open of await openFiles(templates)) used.add(open);
  return used;
}

/** Of every domain that libvirt knows, on or off. */
async function disksOfDomains({ exec }: RootActionContext): Promise<string[]> {
  const stats = await mustVirsh(exec, ['domstats', '--block', '--nowait', '--raw']);
  return [...stats.matchAll(/^\s*block\.\d+\.path=(\/.*)$/gm)].map(([, path = '']) => path);
}

/** The base image that this disk stands on, through whatever lies between; null when it stands on none. */
async function baseOf(disk: string, templates: string, { exec }: RootActionContext): Promise<string | null> {
  for (let [path, depth] = [disk, 0]; ; depth += 1) {
    if (dirname(path) === templates) return nameOf(path);
    const found = await lstat(path).catch(() => null);
    if (found === null || depth > DEEPEST)
      throw failed(`What ${disk} stands on is not known: ${path} is not there.`);
    const text = await runProgram(exec, ['qemu-img', 'info', '-U', '--output=json', path], 30_000);
    const { 'full-backing-filename': below } = JSON.parse(text) as {
      readonly 'full-backing-filename'?: string;
    };
    if (below === undefined) return null;
    path = below;
  }
}

/** Base images that a process has open, whatever libvirt and the folders say. */
async function openFiles(templates: string): Promise<string[]> {
  const names: string[] = [];
  // One that has just ended has none open.
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)))
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (dirname(path) === templates) names.push(nameOf(path));
    }
  return names;
}

const nameOf = (path: string) => basename(path).replace(/\..*$/, '');
