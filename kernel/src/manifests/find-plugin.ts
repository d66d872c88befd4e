import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import type { Paths } from '../ports/paths.js';
import { isBuiltTogether } from './built-together.js';
import { checkModules, namedFiles } from './check-modules.js';
import type { FoundPlugin, ManifestKind } from './found-plugin.js';
import type { Manifest } from './manifest.js';
import type { Finding, ManifestProblem } from './problem.js';
import { readManifest } from './read-manifest.js';
import { trustProblem } from './trust.js';
import { textAt } from './value-at.js';

const require = createRequire(import.meta.url);

export interface FindOptions {
  readonly paths: Pick<Paths, 'resolve'>;
  /** Refuse what others than root can change; for processes that run as root. */
  readonly trust?: boolean;
  /** Unknown keys are errors; for `plugins check`. */
  readonly strict?: boolean;
}

/** Reads and checks one manifest; null when there is no such file. Never throws for what the file holds. */
export function findPlugin(kind: ManifestKind, file: string, options: FindOptions): FoundPlugin | null {
  const read = readManifest(file);
  if (read === null) return null;
  const found = { kind, file, name: stemOf(file), builtTogether: false, owner: () => null };
  const report = (findings: readonly Finding[]): ManifestProblem[] =>
    findings.map((finding) => ({
      ...finding,
      file,
      severity: options.strict ? 'error' : (finding.severity ?? 'error'),
    }));
  const distrusted = options.trust ? distrust('', file) : [];

  if ('problem' in read) {
    const problems = report([{ pointer: '', expected: read.problem }, ...distrusted]);
    return { ...found, home: dirname(file), manifest: null, foreign: false, problems };
  }
  const home = homeOf(read.value, file, options.paths);
  const builtTogether = !options.strict && isBuiltTogether(home, read.text);
  const { foreign, findings } = builtTogether
    ? { foreign: false, findings: checkModules(read.value, home) }
    : checkStranger(kind, read.value, home);
  if (options.trust)
    for (const { pointer, value } of namedFiles(read.value))
      distrusted.push(...distrust(pointer, resolve(home, value)));
  return {
    ...found,
    name: nameOf(read.value) ?? found.name,
    home,
    manifest: read.value as Manifest,
    foreign,
    builtTogether,
    problems: report([...distrusted, ...findings]),
  };
}

/** Loads what checks manifests only when there is one to check. */
function checkStranger(kind: ManifestKind, manifest: object, home: string) {
  const { checkManifest, isForeign } = require('./check-manifest.js') as typeof import('./check-manifest.js');
  const foreign = isForeign(kind, manifest);
  return { foreign, findings: checkManifest(kind, manifest, { home, foreign }) };
}

/** The kind that a file's name stands for: `engine.json`, `provisioner.json`, `broker.json`, anything else. */
export function kindOf(file: string): ManifestKind {
  const stem = stemOf(file);
  return stem === 'engine' || stem === 'provisioner' || stem === 'broker' ? stem : 'plugin';
}

function distrust(pointer: string, path: string): Finding[] {
  const problem = trustProblem(path);
  return problem === null ? [] : [{ pointer, expected: `is not trusted: ${problem}` }];
}

function stemOf(file: string): string {
  return basename(file, '.json');
}

function nameOf(manifest: object): string | undefined {
  const name = textAt(manifest, '/name');
  return name !== undefined && /^[a-z0-9-]{1,64}$/.test(name) ? name : undefined;
}

function homeOf(manifest: object, file: string, paths: Pick<Paths, 'resolve'>): string {
  const home = textAt(manifest, '/home');
  if (home?.startsWith('/')) return paths.resolve(home);
  try {
    return dirname(realpathSync.native(file));
  } catch {
    // Gone since it was read: the checks will miss its modules.
    return dirname(file);
  }
}
