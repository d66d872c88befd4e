import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { LABEL } from '../template/debian-guest.js';

/** MiB; cloud-init grows the file system to the size of the VM's disk. */
const SIZE_MB = 2_048;
const SECTOR = 512;
/** Where everybody's first partition begins: what is before it is the boot loader's. */
const FIRST_SECTOR = 2_048;
const LINUX = 0x83;

/**
 * Makes `disk.qcow2` in `folder` of a root file system that has GRUB's core image in /boot/grub: a partition table, the boot
 * loader and one partition, put together as a file. No device of the host is needed.
 */
export async function makeBootableDisk(exec: Exec, root: string, folder: string): Promise<string> {
  const [raw, disk] = [join(folder, 'disk.raw'), join(folder, 'disk.qcow2')];
  await runProgram(exec, ['truncate', '-s', `${SIZE_MB}M`, raw], 10_000);
  // Features that GRUB of Debian 12 does not know are off.
  const features = ['-O', '^orphan_file,^metadata_csum_seed', '-L', LABEL];
  const place = ['-E', `offset=${FIRST_SECTOR * SECTOR},root_owner=0:0`, '-d', root];
  const size = `${SIZE_MB - (FIRST_SECTOR * SECTOR) / 1024 ** 2}M`;
  await runProgram(exec, ['mkfs.ext4', '-q', '-F', ...features, ...place, raw, size], 300_000);
  await writeBootLoader(root, raw);
  await runProgram(exec, ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, disk], 300_000);
  await rm(raw);
  return disk;
}

/** Sector 0: GRUB's first stage with the partition table. From sector 1 on: its core image, where the first stage looks. */
async function writeBootLoader(root: string, raw: string): Promise<void> {
  const first = Buffer.from(await readFile(join(root, 'usr/lib/grub/i386-pc/boot.img'))).subarray(0, SECTOR);
  const core = await readFile(join(root, 'boot/grub/core.img'));
  if (core.length > (FIRST_SECTOR - 1) * SECTOR) throw new Error('the boot loader is larger than its place');
  const entry = Buffer.alloc(16);
  entry[0] = 0x80;
  entry[4] = LINUX;
  entry.writeUInt32LE(FIRST_SECTOR, 8);
  entry.writeUInt32LE((SIZE_MB * 1024 ** 2) / SECTOR - FIRST_SECTOR, 12);
  Buffer.concat([entry, Buffer.alloc(48)]).copy(first, 446);
  first.writeUInt16LE(0xaa55, 510);
  const file = await open(raw, 'r+');
  try {
    await file.write(first, 0, SECTOR, 0);
    await file.write(core, 0, core.length, SECTOR);
  } finally {
    await file.close();
  }
}
