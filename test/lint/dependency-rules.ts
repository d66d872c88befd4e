import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { computedImportsOf, importsOf, packageOf } from './imports-of.js';
import { isTest, type SourceFile, type Violation } from './source-file.js';
import type { Workspace } from './workspaces.js';

const KERNEL = '@blockhost/kernel';

/** Where a module may be named by a computation: the places that load plugins, and what builds or tests them. */
const LOADS_PLUGINS = [
  /^kernel\/src\/(loader|commands|tools|testing)\//,
  // On behalf of the loader, which runs inside the bundle.
  /^kernel\/src\/bundle\.ts$/,
  /^kernel\/scripts\//,
  /^scripts\//,
  /^test\//,
];

/** The rules of dependency (architecture, section 2), for one file. */
export function dependencyViolations(file: SourceFile, workspaces: readonly Workspace[]): Violation[] {
  const own = ownerOf(file.path, workspaces);
  const messages = [
    ...importsOf(file).map((name) =>
      name.startsWith('.') ? relative(file, name, own) : packaged(file, name, own, workspaces),
    ),
    ...computedImportsOf(file).map((expression) =>
      LOADS_PLUGINS.some((place) => place.test(file.path)) || isTest(file.path)
        ? null
        : `imports the computed module ${expression}. Only the loader and the command host load modules by name.`,
    ),
  ];
  return messages.flatMap((message) => (message === null ? [] : [{ path: file.path, message }]));
}

function ownerOf(path: string, workspaces: readonly Workspace[]): Workspace {
  const own = workspaces.find(({ folder }) => folder !== '' && path.startsWith(`${folder}/`));
  const root = workspaces.find(({ folder }) => folder === '');
  if (own) return own;
  if (root) return root;
  throw new Error('the repository has no package.json');
}

function relative({ path }: SourceFile, name: string, { folder }: Workspace): string | null {
  const target = join(dirname(path), name);
  if (folder === '' || target.startsWith(`${folder}/`)) return null;
  return `imports ${name}, which leaves its workspace. Import a public entry of a package instead.`;
}

function packaged(
  { path }: SourceFile,
  name: string,
  own: Workspace,
  workspaces: readonly Workspace[],
): string | null {
  const wanted = packageOf(name);
  if (wanted === null || isBuiltin(name) || wanted === own.name) return null;
  const other = workspaces.find((each) => each.name === wanted && each.folder !== '');

  if (other && own.folder === 'kernel')
    return `imports ${name}. The kernel imports no plugin and no contract.`;
  if (other?.folder.startsWith('plugins/') && own.folder.startsWith('plugins/'))
    return `imports ${name}. Two plugins meet through a port of the kernel, never directly.`;
  if (other?.folder.startsWith('contracts/') && own.folder.startsWith('plugins/') && !isEngine(own.folder))
    return `imports ${name}. Only an engine plugin knows its contracts.`;
  if (other && wanted === KERNEL) {
    const entry = name === KERNEL ? '.' : `.${name.slice(KERNEL.length)}`;
    if (!other.exports.has(entry)) return `imports ${name}, which is no public entry of the kernel.`;
  }
  return declared(path, wanted, own, workspaces)
    ? null
    : `imports ${wanted}, which ${own.folder || 'the repository'}/package.json does not declare.`;
}

/** Tests and scripts also use what the repository declares for development. */
function declared(path: string, wanted: string, own: Workspace, workspaces: readonly Workspace[]): boolean {
  if (own.dependencies.has(wanted)) return true;
  const development = isTest(path) || /(^|\/)scripts\//.test(path) || own.folder === '';
  const root = workspaces.find(({ folder }) => folder === '');
  return development && (own.devDependencies.has(wanted) || root?.devDependencies.has(wanted) === true);
}

export const isEngine = (path: string): boolean => /^plugins\/engine-/.test(path);
