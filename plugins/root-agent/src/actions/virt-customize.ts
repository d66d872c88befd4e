import { constants } from 'node:fs';
import { access, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  actionParameters,
  BlockhostError,
  hasCode,
  type RootAction,
  type RootActionContext,
  withRun,
} from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { COMMANDS, type CustomizeCommand, customizeCommands } from '../image/customize-command.js';
import { type HeldFile, holdFile } from '../image/held-file.js';
import { headerOf, userOfImage } from '../image/image-use.js';
import { publishImage } from '../image/publish-image.js';
import { makeStaging, stage, stageSources } from '../image/staging.js';
import { denied } from './denied.js';
import { runProgram } from './run-program.js';

/** Specification host.md 2.2. */
const TIMEOUT_MS = 600_000;
const TEMPLATES = '/var/lib/blockhost/templates';
const DISKS = '/var/lib/blockhost/vms';

/**
 * Works on a disk image of a template: on a copy that only root can reach, which takes the image's place when all went well.
 * The image must stand alone, and nothing may stand on it. What cannot be done twice, as appending a line, is done once per
 * call that succeeds.
 */
export const virtCustomize: RootAction = {
  name: 'virt-customize',
  parameters: actionParameters({
    image_path: {
      type: 'string',
      pattern: `^${TEMPLATES}/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`,
      rule: `a file directly in ${TEMPLATES}`,
    },
    commands: COMMANDS,
  }),
  timeoutMs: TIMEOUT_MS + 10_000,
  resource: ({ image_path }) => `image:${image_path}`,
  async run(params, context) {
    const { paths, log, signal } = context;
    const commands = customizeCommands(params.commands as [string, string][]);
    await checkKernel();
    await using image = await holdFile(paths.resolve(String(params.image_path)));
    await checkFree(image, context);
    const folder = await makeStaging(paths);
    try {
      return await withRun({ name: 'virt-customize', log, signal }, async (run) => {
        const copy = join(folder, 'disk');
        await run.step('stage', () => stage(image, copy));
        await checkAlone(copy);
        const staged = await stageSources(commands, folder, paths);
        await run.step('customize', () => customize(copy, staged, folder, context));
        await checkFree(image, context);
        await run.step('publish', () => publishImage(copy, image));
        return {};
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The machine in which the image is opened runs a kernel of this host. */
async function checkKernel(): Promise<void> {
  const files = await readdir('/boot').catch(() => []);
  if (files.some((name) => name.startsWith('vmlinuz'))) return;
  throw new BlockhostError('root-agent.no-kernel', 'Images cannot be opened: there is no kernel in /boot.', {
    remedy: 'Run: apt-get install linux-image-cloud-amd64',
  });
}

/** A published base image is read-only: machines are made from it at any moment, so it is never changed. */
async function checkFree(
  { file, name, status }: HeldFile,
  { config, paths }: RootActionContext,
): Promise<void> {
  if ((status.mode & 0o222) === 0)
    throw denied(`${name} is a published base image.`, 'Work on a copy, and publish that.');
  const { storage_path } = (await config.find(DB_YAML)) ?? {};
  const folders = [TEMPLATES, typeof storage_path === 'string' ? storage_path : DISKS];
  const user = await userOfImage(
    file,
    folders.map((each) => paths.resolve(each)),
  );
  if (user !== null) throw denied(`${name} is in use: ${user}.`, 'Work on a copy of it.');
}

async function checkAlone(copy: string): Promise<void> {
  const header = await headerOf(copy);
  if (header === null || header.backingFile !== null || header.hasDataFile)
    throw denied('The image must be one whole file in the format qcow2.', 'Convert it, flat.');
}

async function customize(
  copy: string,
  commands: readonly CustomizeCommand[],
  folder: string,
  context: RootActionContext,
): Promise<void> {
  const network = commands.some(({ operation }) => operation === 'install') ? [] : ['--no-network'];
  const operations = commands.map(({ operation, argument }) => `--${operation}=${argument}`);
  const argv = ['virt-customize', '--quiet', '--format', 'qcow2', '-a', copy, ...network, ...operations];
  const isHardware = await hasHardware(context);
  const env = {
    LIBGUESTFS_BACKEND: 'direct',
    ...(isHardware ? {} : { LIBGUESTFS_BACKEND_SETTINGS: 'force_tcg' }),
    // Neither does its own machine lie where others can write.
    LIBGUESTFS_CACHEDIR: folder,
    TMPDIR: folder,
  };
  await runProgram(context.exec, argv as [string, ...string[]], TIMEOUT_MS, { env }).catch((error) => {
    if (!hasCode(error, 'exec.not-found')) throw error;
    throw new BlockhostError('root-agent.no-program', 'There is no program virt-customize.', {
      cause: error,
      remedy: 'Run: apt-get install libguestfs-tools',
    });
  });
}

/** By hardware where the host has it, unless `db.yaml` says that its machines do without: /dev/kvm may be there and useless. */
async function hasHardware({ config }: RootActionContext): Promise<boolean> {
  const sections = Object.values((await config.find(DB_YAML)) ?? {});
  const types = sections.flatMap((section) => Reflect.get(Object(section), 'domain_type') ?? []);
  if (types.some((type) => type !== 'kvm')) return false;
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}
