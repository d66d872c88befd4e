import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

/** The kernel as the build wrote it into one script (kernel/scripts/bundle-kernel.mjs). */
export interface Bundle<Host> {
  readonly host: Host;
  /** Keeps the compiled form of what this process came to call, for the next one that runs the same program. */
  keep(): void;
}

const EXPORTS = Symbol.for('blockhost.bundle');

/**
 * Loads the kernel from `dist/bundled`, or answers null when the compiler wrote something since, as it does while somebody
 * works on it. `cache` is a folder that nobody else can write, if there is one: compiled code is trusted like its source,
 * and V8 only compares versions and lengths. The script's name holds the hash of its content.
 */
export function loadBundle<Host>(
  dist: string,
  { program, cache }: { readonly program: string; readonly cache: string | null },
): Bundle<Host> | null {
  const folder = join(dist, 'bundled');
  const bundled = statSync(join(folder, 'bundle.json'), { throwIfNoEntry: false });
  const compiled = statSync(join(dist, '../tsconfig.tsbuildinfo'), { throwIfNoEntry: false });
  if (bundled === undefined || (compiled && compiled.mtimeMs > bundled.mtimeMs)) return null;
  const { script: name, entries } = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as {
    readonly script: string;
    readonly entries: readonly string[];
  };
  const filename = join(folder, name);
  const kept =
    cache === null || !/^[a-z][a-z_-]{0,40}$/.test(program) ? null : join(cache, `${name}.${program}`);
  const cachedData = kept === null ? undefined : read(kept);
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    ...(cachedData && { cachedData }),
  });
  const module: { exports: Record<string, unknown> } = { exports: {} };
  const load = (specifier: string) => import(specifier);
  script.runInThisContext()(createRequire(import.meta.url), load, module, dist);
  Reflect.set(globalThis, EXPORTS, module.exports);
  useBundle(dist, new Set(entries));
  return {
    host: module.exports.commands_command_host as Host,
    keep() {
      if (kept === null || (cachedData && !script.cachedDataRejected)) return;
      const temporary = `${kept}.${process.pid}`;
      try {
        const data = script.createCachedData();
        writeFileSync(temporary, Buffer.concat([data, data]), { mode: 0o600, flush: true });
        renameSync(temporary, kept);
      } catch {
        // A full disk: the next start is slower, nothing else.
      }
    },
  };
}

/**
 * Compiled code that was kept, or nothing. It is there twice: V8 does not look whether it is whole, and ends the process over
 * what is not; comparing needs no module of Node, as a checksum would.
 */
function read(file: string): Buffer | undefined {
  try {
    const twice = readFileSync(file);
    const data = twice.subarray(0, twice.length / 2);
    return data.equals(twice.subarray(data.length)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever imports an entry of the kernel gets it from the bundle: one kernel per process. */
function useBundle(dist: string, entries: ReadonlySet<string>): void {
  const compiled = `${pathToFileURL(dist)}/`;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith(compiled)) return found;
      const entry = found.url.slice(compiled.length, -'.js'.length);
      return entries.has(entry)
        ? { ...found, url: `${compiled}bundled/${entry.replaceAll('/', '-')}.js` }
        : found;
    },
  });
}
