import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createExec,
  type ForeignManifest,
  type Paths,
  type Provisioner,
  resolvePaths,
} from '@blockhost/kernel';
import { aVmSpec, makeHostRoot, type ProvisionerSubject, RecordingLogger } from '@blockhost/kernel/testing';

/** One folder per language, each a plugin with one executable. */
export const fixtures = join(import.meta.dirname, '../../provisioner/fixtures');
const adapter = join(import.meta.dirname, '../../../plugins/provisioner-exec/dist/service.js');
const verbs =
  'create destroy start stop kill status list metrics throttle guest-exec update-gecos build-template detect';

export interface ForeignSubject extends ProvisionerSubject {
  /** Folder of the fixture's boxes: files in it steer the fixture. */
  readonly boxes: string;
  readonly root: string;
  readonly manifest: ForeignManifest['manifest'];
  dispose(): Promise<void>;
}

/** The adapter over the fixture that is installed below a root; `argument` is JSON `{root, language}`. */
export async function open(argument: string): Promise<Provisioner & { readonly capabilities: string[] }> {
  const { root, language } = JSON.parse(argument) as { root: string; language: string };
  const paths = resolvePaths({ BLOCKHOST_ROOT: root });
  const file = join(fixtures, language, 'provisioner.json');
  const foreign = {
    manifest: JSON.parse(await readFile(file, 'utf8')),
    file,
    home: join(fixtures, language),
  };
  const { default: ForeignProvisioner } = await import(adapter);
  return new ForeignProvisioner(
    foreign,
    createExec({ paths, killAfterMs: 1_000 }),
    paths,
    new RecordingLogger(),
  );
}

/** Puts the executables of a foreign provisioner of `fixtures/` on the fixed path below a root; answers where its boxes lie. */
export async function installForeign(
  language: 'shell' | 'python',
  { resolve, state }: Paths,
): Promise<string> {
  const bin = resolve('/usr/local/bin');
  const boxes = join(state, `${language}-boxes`);
  await mkdir(bin, { recursive: true });
  await mkdir(join(boxes, '.addresses'), { recursive: true });
  for (const verb of verbs.split(' '))
    await symlink(join(fixtures, language, `${language}-box`), join(bin, `${language}-box-${verb}`));
  return boxes;
}

/** A host with one of the foreign provisioners of `fixtures/` installed, its executables on the fixed path. */
export async function foreignSubject(language: 'shell' | 'python'): Promise<ForeignSubject> {
  const { root, paths, dispose } = await makeHostRoot({ plugins: [] });
  const boxes = await installForeign(language, paths);
  const argument = JSON.stringify({ root, language });
  const provisioner = await open(argument);
  return {
    provisioner,
    root,
    boxes,
    manifest: JSON.parse(await readFile(join(fixtures, language, 'provisioner.json'), 'utf8')),
    spec: () => aVmSpec({ addresses: null }),
    async ignoreShutdown({ name, backendRef }) {
      await writeFile(join(boxes, language === 'shell' ? name : String(backendRef), 'deaf'), '');
    },
    async breakBackend() {
      await rename(boxes, `${boxes}.away`);
      return () => rename(`${boxes}.away`, boxes);
    },
    async leftovers() {
      const listed = await provisioner.list();
      const living = listed.kind === 'present' ? listed.value : [];
      const expected = new Set(
        living.map(({ name, backendRef }) => (language === 'shell' ? name : backendRef)),
      );
      const folders = (await readdir(boxes, { withFileTypes: true })).filter(
        (entry) => entry.isDirectory() && entry.name !== '.addresses' && !expected.has(entry.name),
      );
      const records = (await readdir(join(paths.state, 'provisioner-exec')).catch(() => [])).filter(
        (file) => !living.some(({ name }) => file === `${name}.json`),
      );
      const taken = language === 'shell' ? (await readdir(join(boxes, '.addresses'))).length : living.length;
      return [
        ...folders.map(({ name }) => `folder ${name}`),
        ...records.map((file) => `record ${file}`),
        ...(taken === living.length ? [] : [`${taken} addresses of ${living.length} boxes`]),
      ];
    },
    otherProcess: { module: import.meta.url, argument },
    tellsNamesakesApart: language === 'python',
    dispose,
  };
}
