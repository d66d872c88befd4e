import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Entry of every command and daemon. Started by `bin/blockhost` with the name it was called by as first argument.
cacheCompiledCode();
const [program = 'blockhost', ...argv] = process.argv.slice(2);
const bundle = join(import.meta.dirname, 'bundled');
if (isCurrent(bundle)) useBundle(bundle);
const { runCommandLine } = await import('./commands/command-host.js');
process.exit(await runCommandLine({ program, argv, home: dirname(import.meta.dirname) }));

/** V8's compiled code is trusted like the source: it is kept only where nobody else can write. */
function cacheCompiledCode(): void {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(base, 'blockhost', 'compiled');
  try {
    // One by one: Node's own way of making parents never ends where the file system denies every name (/proc).
    for (const each of [base, dirname(folder), folder])
      if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid === process.geteuid?.() && (mode & 0o022) === 0) enableCompileCache(folder);
  } catch {
    // No place to keep it, or another process was quicker to make it: this start is slower, nothing else.
  }
}

/** False when the compiler wrote something since the kernel was bundled, as it does while somebody works on it. */
function isCurrent(folder: string): boolean {
  const bundled = statSync(join(folder, 'entries.json'), { throwIfNoEntry: false });
  const compiled = statSync(join(import.meta.dirname, '../tsconfig.tsbuildinfo'), { throwIfNoEntry: false });
  return bundled !== undefined && !(compiled && compiled.mtimeMs > bundled.mtimeMs);
}

/** Whoever imports an entry of the kernel gets it from the bundle: one kernel per process. */
function useBundle(folder: string): void {
  const compiled = `${pathToFileURL(import.meta.dirname)}/`;
  const bundled = `${pathToFileURL(folder)}/`;
  const entries = new Set<string>(JSON.parse(readFileSync(join(folder, 'entries.json'), 'utf8')));
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith(compiled)) return found;
      const entry = found.url.slice(compiled.length, -'.js'.length);
      return entries.has(entry) ? { ...found, url: `${bundled}${entry.replaceAll('/', '-')}.js` } : found;
    },
  });
}
