import { lstat, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { actionParameters, type Exec, type RootAction, type RootActionContext } from '@blockhost/kernel';
import {
  aptSources,
  CHECK,
  CHECK_LOGIN,
  CUSTOMIZE,
  EXTRA_PACKAGES,
  PACKAGES,
  SUITE,
} from '../template/debian-guest.js';
import { sha256File } from '../template/sha256-file.js';
import { makeBootableDisk } from './bootable-disk.js';
import { denied, failed } from './refusal.js';
import { checkRootFile, checkRootFolder, templateFolder } from './vm-files.js';

/** Where a Debian guest waits to be published, below the folder of base images. */
export const DEBIAN_STAGING = '.debian';
/** Root file system, disk and its copy at the same time. */
const NEEDED_BYTES = 2 * 1024 ** 3;
const BUILD_MS = 1_700_000;
/** Whole names of packages: they are told to a program that takes commas for a list. */
const PACKAGE_FILE = /^[A-Za-z0-9][A-Za-z0-9.+~_-]*\.deb$/;

/**
 * Makes the disk of a Debian guest from packages: of Debian's archive, whose signatures are checked, and of root's own folder
 * of packages. Their scripts run as root, so nobody else may have written them. Answers `disk`, its SHA-256, and `packages`,
 * the names of those that are not Debian's; `template-publish` takes the disk over.
 */
export const templateDebian: RootAction = {
  name: 'template-debian',
  parameters: actionParameters({
    mirror: {
      type: 'string',
      pattern: '^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\\d{1,5})?(/[A-Za-z0-9._~-]+)*/?$',
      rule: 'the URL of a mirror of Debian, without account, query and fragment',
    },
  }),
  timeoutMs: 1_800_000,
  resource: () => 'template',
  async run({ mirror }, context) {
    const templates = await templateFolder(context.paths);
    const { bavail, bsize } = await statfs(templates);
    if (bavail * bsize < NEEDED_BYTES)
      throw denied(
        `${templates} has less than ${NEEDED_BYTES / 1024 ** 3} GiB left.`,
        'Make room where the base images lie.',
      );
    const extra = await extraPackages(context);
    const folder = join(templates, DEBIAN_STAGING);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    try {
      const root = join(folder, 'root');
      await install(context.exec, { root, folder, mirror: String(mirror), extra });
      await inRoot(context.exec, root, CUSTOMIZE);
      await inRoot(context.exec, root, extra.length === 0 ? CHECK : `${CHECK}${CHECK_LOGIN}`);
      const disk = await makeBootableDisk(context.exec, root, folder);
      await rm(root, { recursive: true });
      return { disk: await sha256File(disk), packages: extra.map((path) => path.split('/').at(-1)) };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  },
};

/** Paths of the packages that are not Debian's; a folder that is missing has none. */
async function extraPackages({ paths }: RootActionContext): Promise<string[]> {
  const folder = paths.resolve(EXTRA_PACKAGES);
  const isThere = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  await checkRootFolder(folder);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
  for (const name of names) {
    if (!PACKAGE_FILE.test(name)) throw denied(`${name} in ${folder} is no name of a package.`);
    await checkRootFile(join(folder, name));
  }
  return names.map((name) => join(folder, name));
}

interface Installation {
  readonly root: string;
  readonly folder: string;
  readonly mirror: string;
  readonly extra: readonly string[];
}

async function install(exec: Exec, { root, folder, mirror, extra }: Installation): Promise<void> {
  const proxy = await exec.run(['apt-config', 'dump', '--format', '%v', 'Acquire::http::Proxy'], {
    timeoutMs: 10_000,
  });
  const hostProxy = /^https?:\/\/[^"\s]+$/.exec(proxy.stdout.trim())?.[0];
  const argv = [
    // Its mounts are seen by nobody else and end with it, however it ends.
    ...['--mode=unshare', '--format=directory', '--variant=minbase', '--quiet'],
    ...['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'].map(
      (path) => `--dpkgopt=path-exclude=${path}`,
    ),
    // Whoever loses power here builds anew.
    ...['--dpkgopt=path-include=/usr/share/doc/*/copyright', '--dpkgopt=force-unsafe-io'],
    ...['--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"'],
    ...(hostProxy === undefined ? [] : [`--aptopt=Acquire::http::Proxy "${hostProxy}"`]),
    ...(extra.length === 0 ? [] : ['--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount']),
    `--include=${[...PACKAGES, ...extra].join(',')}`,
    ...[SUITE, root, ...aptSources(mirror)],
  ];
  const { code, stderr, timedOut } = await exec.run(['mmdebstrap', ...argv], {
    timeoutMs: BUILD_MS,
    env: { TMPDIR: folder },
  });
  if (code === 0) return;
  const errors = stderr.split('\n').filter((line) => /^E: /.test(line));
  const reason = errors.find((line) => !/mmdebstrap|failed to|env failed/.test(line)) ?? errors[0];
  throw failed(
    timedOut
      ? 'Debian could not be installed in half an hour.'
      : `Debian cannot be installed: ${reason?.slice(3, 300) ?? stderr.trim().split('\n').at(-1)}.`,
  );
}

/** Runs a script inside the root file system, without network and beside nobody. */
async function inRoot(exec: Exec, root: string, script: string): Promise<void> {
  const argv = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'] as const;
  const { code, stderr } = await exec.run([...argv, 'chroot', root, '/bin/sh', '-eu'], {
    timeoutMs: 120_000,
    input: script,
  });
  if (code !== 0) throw failed(`The base image is not as it must be: ${stderr.trim().split('\n').at(-1)}.`);
}
