import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BlockhostError } from '../../errors/blockhost-error.js';
import { linkTools } from './link-tools.js';

export type TemplateKind = 'provisioner' | 'plugin';

export interface NewPlugin {
  readonly folder: string;
  /** Paths of the written files, relative to `folder`. */
  readonly files: readonly string[];
  /** False: `npm install` has to fetch the compiler and the test runner first. */
  readonly toolsLinked: boolean;
}

/** What the plugin of a template is called: a template is a working plugin, of which only the name changes. */
const templateNames: Readonly<Record<TemplateKind, string>> = {
  provisioner: 'demo-cloud',
  plugin: 'demo-tool',
};

/** Writes a plugin that compiles and passes `plugins check` into an empty or missing folder. */
export async function newPlugin(
  kind: TemplateKind,
  name: string,
  folder: string,
  kernelHome: string,
): Promise<NewPlugin> {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name) || /--|-$/.test(name))
    throw new BlockhostError('plugins.bad-name', `"${name}" cannot be the name of a plugin.`, {
      remedy: 'Use lower-case letters, digits and single inner dashes, beginning with a letter: demo-cloud.',
      exitCode: 2,
    });
  await mustBeEmpty(folder);

  const template = join(kernelHome, 'templates', kind);
  const rename = renaming(templateNames[kind], name);
  const files: string[] = [];
  for (const entry of await readdir(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    // npm and Debian packages leave a file named .gitignore out.
    const file = rename(relative(template, source)).replace(/^gitignore$/, '.gitignore');
    const text = rename(await readFile(source, 'utf8'));
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), file === 'package.json' ? dependOn(text, kernelHome) : text);
    files.push(file);
  }
  return { folder, files: files.sort(), toolsLinked: await linkTools(folder, kernelHome) };
}

async function mustBeEmpty(folder: string): Promise<void> {
  const present = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new BlockhostError('plugins.folder-unusable', `${folder} cannot be used.`, {
      cause: error,
      remedy: 'Name a folder that does not exist yet: --dir PATH',
    });
  });
  if (present.length)
    throw new BlockhostError('plugins.folder-not-empty', `${folder} is not empty; nothing was written.`, {
      remedy: 'Name another folder: --dir PATH',
    });
}

/** Puts `name` in place of `model` in all its spellings: demo-cloud, demo_cloud, demo cloud, Demo Cloud, DemoCloud. */
function renaming(model: string, name: string): (text: string) => string {
  const spellings = (kebab: string) => {
    const parts = kebab.split('-');
    const capitals = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1));
    return [kebab, parts.join('_'), parts.join(' '), capitals.join(' '), capitals.join('')];
  };
  const changes = new Map(
    spellings(model).map((spelling, at) => [spelling, spellings(name)[at] ?? spelling]),
  );
  const pattern = new RegExp([...changes.keys()].join('|'), 'g');
  return (text) => text.replace(pattern, (found) => changes.get(found) ?? found);
}

/** The kernel comes with BlockHost, not from a registry: the plugin is compiled against the one it will run on. */
function dependOn(packageJson: string, kernelHome: string): string {
  return packageJson.replace(
    '"@blockhost/kernel": "*"',
    `"@blockhost/kernel": ${JSON.stringify(`file:${kernelHome}`)}`,
  );
}
