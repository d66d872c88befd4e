import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Exec } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { INIT, INITRD_INIT, SHUTDOWN, USERMOD } from './mini-guest-scripts.js';

/** Everything the guest is made of, beside the kernel that the first one depends on. */
const PACKAGES = [
  'busybox-static',
  'qemu-guest-agent',
  'libc6',
  'libglib2.0-0',
  'libnuma1',
  'libpcre2-8-0',
  'libudev1',
  'liburing2',
];
const LIBRARIES =
  /^(ld-linux-x86-64|libc|libm|libglib-2\.0|libgmodule-2\.0|libnuma|libpcre2-8|libudev|liburing)\.so\.\d+$/;
const DISK_MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
];
const GUEST_MODULES = [
  ...['virtio_console', 'virtio_net', 'net_failover', 'failover', 'virtio-rng', 'rng-core', 'virtio_balloon'],
  ...['button', 'evdev', 'isofs', 'cdrom'],
];
const SIZE_MB = 96;
const NETWORK_MS = 300_000;

/** The packages by name and SHA-256, one to a line: what the guest will be made of, before anything is fetched. */
export async function miniGuestSources(exec: Exec): Promise<{ packages: string[]; fingerprint: string }> {
  const depends = await runProgram(exec, ['apt-cache', 'depends', 'linux-image-cloud-amd64'], 30_000);
  const kernel = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  const packages = kernel === undefined ? PACKAGES : [kernel, ...PACKAGES];
  const uris = await runProgram(exec, ['apt-get', 'download', '--print-uris', ...packages], 30_000);
  const sums = uris.split('\n').map((line) => line.split(' ').slice(1).join(' '));
  const parts = [...sums.sort(), INIT, INITRD_INIT, USERMOD, SHUTDOWN, String(SIZE_MB)];
  return { packages, fingerprint: createHash('sha256').update(parts.join('\n')).digest('hex') };
}

/** Makes `disk.qcow2`, `kernel` and `initrd` of the mini guest in `folder`, which it empties; needs no privilege. */
export async function buildMiniGuest(
  exec: Exec,
  folder: string,
  packages: readonly string[],
): Promise<{ readonly disk: string; readonly kernel: string; readonly initrd: string }> {
  await rm(folder, { recursive: true, force: true });
  const [debs, all, root, ram] = ['debs', 'all', 'root', 'ram'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const each of [debs, all, root, ram]) await mkdir(each, { recursive: true });
  await runProgram(exec, ['apt-get', '-q', 'download', ...packages], NETWORK_MS, { cwd: debs });
  for (const deb of await readdir(debs))
    await runProgram(exec, ['dpkg-deb', '-x', join(debs, deb), all], 60_000);
  const files = await readdir(all, { recursive: true });
  const [image] = files.filter((name) => /^boot\/vmlinuz-/.test(name));
  if (image === undefined) throw new Error('the kernel package has no kernel');
  const version = basename(image).slice('vmlinuz-'.length);
  const busybox = join(all, 'bin/busybox');

  await makeRoot({ exec, all, root, files, busybox, version });
  const disk = join(folder, 'disk.qcow2');
  await runProgram(exec, ['truncate', '-s', `${SIZE_MB}M`, join(folder, 'disk.raw')], 10_000);
  await runProgram(exec, ['mkfs.ext4', '-q', '-F', '-d', root, join(folder, 'disk.raw')], 60_000);
  await runProgram(
    exec,
    ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'disk.raw'), disk],
    60_000,
  );

  const modules = files.filter((name) => DISK_MODULES.some((module) => name.endsWith(`/${module}.ko`)));
  await mkdir(join(ram, 'modules'));
  for (const name of modules) await copyFile(join(all, name), join(ram, 'modules', basename(name)));
  for (const name of ['bin', 'dev', 'disk']) await mkdir(join(ram, name));
  await copyFile(busybox, join(ram, 'bin/busybox'));
  await script(ram, 'init', INITRD_INIT);
  const names = (await readdir(ram, { recursive: true })).join('\n');
  const archive = join(folder, 'ram.cpio');
  await runProgram(exec, [busybox, 'cpio', '-o', '-H', 'newc', '-F', archive], 60_000, {
    cwd: ram,
    input: `${names}\n`,
  });
  const initrd = join(folder, 'initrd');
  await writeFile(initrd, await promisify(gzip)(await readFile(archive), { level: 1 }));
  const kernel = join(folder, 'kernel');
  await copyFile(join(all, image), kernel);
  return { disk, kernel, initrd };
}

interface RootOptions {
  readonly exec: Exec;
  readonly all: string;
  readonly root: string;
  readonly files: readonly string[];
  readonly busybox: string;
  readonly version: string;
}

/** The root file system, as small as one can be. */
async function makeRoot({ exec, all, root, files, busybox, version }: RootOptions): Promise<void> {
  for (const name of [
    'dev',
    'proc',
    'sys',
    'run',
    'tmp',
    'mnt',
    'root',
    'etc',
    'home',
    'usr/sbin',
    'usr/bin',
  ])
    await mkdir(join(root, name), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await mkdir(join(root, name), { recursive: true });
  await copyFile(busybox, join(root, 'bin/busybox'));
  await copyFile(join(all, 'usr/sbin/qemu-ga'), join(root, 'usr/sbin/qemu-ga'));
  for (const name of files.filter((each) => LIBRARIES.test(basename(each)))) {
    const inRoot = join(root, name.includes('lib64/') ? 'lib64' : 'lib', basename(name));
    await cp(join(all, name), inRoot, { dereference: true });
  }
  for (const name of files) {
    const [, module] = /\/([^/]+)\.ko$/.exec(name) ?? [];
    if (module === undefined || ![...DISK_MODULES, ...GUEST_MODULES].includes(module)) continue;
    await mkdir(dirname(join(root, name)), { recursive: true });
    await copyFile(join(all, name), join(root, name));
  }
  for (const name of ['modules.order', 'modules.builtin'])
    await copyFile(join(all, 'lib/modules', version, name), join(root, 'lib/modules', version, name));
  await runProgram(exec, [busybox, 'depmod', '-b', root, version], 60_000);
  const applets = (await runProgram(exec, [busybox, '--list-full'], 10_000)).split('\n').filter(Boolean);
  for (const applet of applets.filter(
    (each) => /^(usr\/)?s?bin\//.test(each) && !/\/(busybox|init)$/.test(each),
  ))
    await symlink('/bin/busybox', join(root, applet));
  await script(root, 'sbin/init', INIT);
  await script(root, 'usr/sbin/usermod', USERMOD);
  await rm(join(root, 'sbin/shutdown'), { force: true });
  await script(root, 'sbin/shutdown', SHUTDOWN);
  await writeFile(join(root, 'etc/instance-id'), '');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
}

async function script(root: string, name: string, text: string): Promise<void> {
  await writeFile(join(root, name), text);
  await chmod(join(root, name), 0o755);
}
