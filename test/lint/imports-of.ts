import type { SourceFile } from './source-file.js';

const STATIC = /^\s*(?:import|export)\b(?:[\w\s{},*$]*?\bfrom\b)?\s*['"]([^'"\n]+)['"]/gm;
const DYNAMIC = /(?<![.\w])(?:import|require|import\.meta\.resolve)\s*\(\s*['"]([^'"\n]+)['"]\s*\)/g;
const COMPUTED = /(?<![.\w])import\s*\(\s*(?!['"])([^)]*)\)/g;

/** Module names a file imports, also those of types and of `import()`. */
export function importsOf({ text, code }: SourceFile): string[] {
  const found = [...text.matchAll(STATIC), ...code.matchAll(DYNAMIC)].map(([, name = '']) => name);
  return [...new Set(found)];
}

/** What stands in `import(…)` where no literal does. */
export function computedImportsOf({ code }: SourceFile): string[] {
  return [...code.matchAll(COMPUTED)].map(([, expression = '']) => expression.trim());
}

/** `@scope/name` or `name` of a module name; null for a relative one or one of Node's own. */
export function packageOf(name: string): string | null {
  if (name.startsWith('.') || name.startsWith('node:') || name.startsWith('/')) return null;
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
