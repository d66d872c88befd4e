import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/** One hand-written file of the repository. */
export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  /** What runs: without comments and types. */
  readonly code: string;
}

/** A broken rule: where, and what to do about it. */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

export const repository = join(import.meta.dirname, '../../..');

const IGNORED = ['node_modules', 'dist', 'generated', 'artifacts', '.git', '.demo', 'coverage'];

/** Every TypeScript and JavaScript source, without what is generated or installed. */
export function readSources(): SourceFile[] {
  const sources: SourceFile[] = [];
  for (const folder of ['kernel', 'plugins', 'contracts', 'test', 'scripts'])
    for (const path of globSync(`${folder}/**/*.{ts,mjs,js}`, {
      cwd: repository,
      exclude: (each) => IGNORED.includes(each.split('/').at(-1) ?? ''),
    }))
      if (!path.endsWith('.d.ts')) sources.push(sourceOf(path, readFileSync(join(repository, path), 'utf8')));
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function sourceOf(path: string, text: string): SourceFile {
  return { path, text, code: codeOf(path, text) };
}

function codeOf(path: string, text: string): string {
  try {
    return transformSync(text, {
      loader: path.endsWith('.ts') ? 'ts' : 'js',
      legalComments: 'none',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
    }).code;
  } catch {
    // A fixture may be broken on purpose.
    return text;
  }
}

/** Test code may know what the product must not: real plugins, chains and hypervisors. */
export function isTest(path: string): boolean {
  return path.startsWith('test/') || /\.(test|bench)\.ts$/.test(path);
}
