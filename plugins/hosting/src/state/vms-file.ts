import { access, link, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { BlockhostError, failpoint, type HostConfig, type Paths, writeFileAtomic } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { parseVmsJson, type VmsJson } from './vms-json.js';

const MODE = 0o640;

export interface VmsFile {
  readonly text: string;
  readonly content: VmsJson;
}

/**
 * Where `vms.json` lies: `db_file` of db.yaml. Throws `state.two-files` where nothing tells which of its two names is
 * meant, and `config.invalid` for `fields` that would give its keys other names (provisioners.md 4.1, 4.9).
 */
export async function vmsFile(config: HostConfig, paths: Paths): Promise<string> {
  const db = await config.find(DB_YAML);
  for (const [ours, theirs] of Object.entries(db?.fields ?? {}))
    if (ours !== theirs)
      throw new BlockhostError('config.invalid', `db.yaml: /fields/${ours} is ${JSON.stringify(theirs)}.`, {
        facts: { expected: `${ours}: the keys of vms.json have no other names` },
        remedy: 'Remove `fields` from db.yaml.',
      });
  if (db?.db_file !== undefined) return paths.resolve(db.db_file);
  const [file, older] = ['vms.json', 'vm-db.json'].map((name) => path.join(paths.state, name)) as [
    string,
    string,
  ];
  const [isThere, isOlderThere] = await Promise.all([exists(file), exists(older)]);
  if (isThere && isOlderThere)
    throw new BlockhostError('state.two-files', `Both ${file} and ${older} are there.`, {
      remedy: 'Name the one that tells of the VMs in db.yaml as `db_file`, or move the other one away.',
    });
  return file;
}

/** null where there is none. Throws `state.unreadable`, `state.bad-file`. */
export async function readVmsFile(file: string): Promise<VmsFile | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new BlockhostError('state.unreadable', `${file} cannot be read.`, {
      cause,
      remedy: 'Check that it is a file of this account.',
    });
  });
  return text === null ? null : { text, content: await parseVmsJson(text, file) };
}

/** Puts `after` in the place of `before`, which stays as `.bak`; answers its text. The caller holds the lock. */
export async function writeVmsFile(file: string, before: VmsFile | null, after: VmsJson): Promise<string> {
  const text = `${JSON.stringify(after, null, 1)}\n`;
  if (text === before?.text) return text;
  failpoint('vms-file.write:before');
  if (before) {
    await rm(`${file}.bak`, { force: true });
    await link(file, `${file}.bak`);
  }
  await writeFileAtomic(file, text, MODE);
  failpoint('vms-file.write:after');
  return text;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
