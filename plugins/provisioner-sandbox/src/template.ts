import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlockhostError, type VmSpec, writeFileAtomic } from '@blockhost/kernel';

/** The base image: the files of a root file system, as small as one can be. */
const FILES: Readonly<Record<string, string>> = {
  'etc/os-release': 'NAME="BlockHost sandbox"\nID=blockhost-sandbox\nVERSION_ID="1"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  'etc/motd': 'A local process, not a machine: it isolates nothing.\n',
  'tmp/.keep': '',
  'var/log/.keep': '',
};

async function currentFingerprint(): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(JSON.stringify(FILES)).digest('hex');
}

/** Fingerprint of the template that is there; null when none was built. */
export async function presentFingerprint(base: string): Promise<string | null> {
  try {
    return (await readFile(join(base, 'template', 'fingerprint'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Builds the template unless the one that is there is current. The caller holds the template's lock. */
export async function buildTemplate(
  base: string,
  force: boolean,
): Promise<{ fingerprint: string; built: boolean }> {
  const fingerprint = await currentFingerprint();
  if (!force && (await presentFingerprint(base)) === fingerprint) return { fingerprint, built: false };
  const [fresh, final] = [join(base, '.new-template'), join(base, 'template')];
  await rm(fresh, { recursive: true, force: true });
  for (const [name, content] of Object.entries(FILES)) {
    const path = join(fresh, 'rootfs', name);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, content, { mode: 0o644 });
  }
  await writeFileAtomic(join(fresh, 'fingerprint'), `${fingerprint}\n`, 0o644);
  await rm(final, { recursive: true, force: true });
  await rename(fresh, final);
  return { fingerprint, built: true };
}

/** Makes the root file system of a VM from the template. The caller holds the template's lock. */
export async function makeRootfs(base: string, folder: string, spec: VmSpec): Promise<void> {
  if ((await presentFingerprint(base)) === null)
    throw new BlockhostError('provisioner.no-template', 'The base image of the sandbox has not been built.', {
      remedy: 'Run the set-up step "template", or the verb build-template.',
    });
  const rootfs = join(folder, 'rootfs');
  await cp(join(base, 'template', 'rootfs'), rootfs, { recursive: true });
  await mkdir(join(rootfs, 'home', spec.username), { recursive: true });
  await writeFile(join(rootfs, 'etc/hostname'), `${spec.name}\n`);
  const login = `${spec.username}:x:1000:1000:${gecos(spec.ownerWallet, spec.tokenId)}:/home/${spec.username}:/bin/sh\n`;
  await writeFile(join(rootfs, 'etc/passwd'), FILES['etc/passwd'] + login);
}

/** Comment field that tells who may log in (specification guest-auth.md). */
export function gecos(wallet: string, tokenId: string | null): string {
  return tokenId === null ? `wallet=${wallet}` : `wallet=${wallet},nft=${tokenId}`;
}
