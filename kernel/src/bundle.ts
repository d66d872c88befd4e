import type { Script } from 'node:vm';

// Importing a module of Node from here would read all its properties, and so load its streams and promises: 2 ms.
const { readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } =
  process.getBuiltinModule('node:fs');
const { createRequire, enableCompileCache, isBuiltin, registerHooks } =
  process.getBuiltinModule('node:module');
const { join } = process.getBuiltinModule('node:path');
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url');
const vm = process.getBuiltinModule('node:vm');

/** The kernel as the build wrote it into one script (kernel/scripts/bundle-kernel.mjs). */
export interface Bundle<Host> {
  readonly host: Host;
  /** Keeps the compiled form of what this process came to call, for the next one that runs the same program. */
  keep(): void;
}

/** What the build says of the scripts in a folder `dist/bundled`. */
interface Description {
  readonly script: string;
  /** Script of the kernel that was built together with it. */
  readonly core: string;
  /** Modules of the kernel that others import. */
  readonly entries?: readonly string[];
}

/** What a script exports: modules by their paths below `dist`. Each runs when it is first asked for. */
type Modules = Readonly<Record<string, unknown>>;

interface Options {
  readonly program: string;
  /** A folder that nobody else can write, if there is one: compiled code is trusted like its source. */
  readonly cache: string | null;
}

const EXPORTS = Symbol.for('blockhost.bundle');
/** What scripts ask of the kernel, and of other scripts beside them. */
const KERNEL = 'kernel:';
const PART = './bundled/';

/**
 * Loads the kernel from `dist/bundled`, or answers null when the compiler wrote something since, as it does while somebody
 * works on it. Plugins that were built together with it come from scripts of their own, below their own folders; any other
 * module is imported.
 */
export function loadBundle<Host>(dist: string, options: Options): Bundle<Host> | null {
  const core = describe(dist);
  if (core === null) return null;
  const scripts = new Scripts(options);
  const exports = scripts.run(dist, core.script, load) as Modules & {
    readonly commands_command_host: Host;
    readonly loader_refuse_untrusted_modules: typeof import('./loader/refuse-untrusted-modules.js');
  };
  Reflect.set(globalThis, EXPORTS, exports);
  useBundle(dist, new Set(core.entries));
  const bundled = new Map<string, Modules | null>([[realPathOf(dist), exports]]);

  async function load(specifier: string): Promise<unknown> {
    const [, folder, name = ''] = /^(file:.*\/dist)\/(.*)$/.exec(specifier) ?? [];
    const module = folder && modulesIn(fileURLToPath(folder))?.[name];
    if (module) return module;
    scripts.leave();
    return import(specifier);
  }

  function modulesIn(dist: string): Modules | null {
    const folder = realPathOf(dist);
    const known = bundled.get(folder);
    if (known !== undefined) return known;
    const found = describe(folder);
    const fits = found?.core === core?.script && !isRefused(folder, found?.script);
    const modules = found && fits ? scripts.run(folder, found.script, load) : null;
    bundled.set(folder, modules);
    return modules;
  }

  function isRefused(folder: string, script = ''): boolean {
    return ['bundle.json', script].some((file) =>
      exports.loader_refuse_untrusted_modules.isRefused(join(folder, 'bundled', file)),
    );
  }

  return { host: exports.commands_command_host, keep: () => scripts.keep() };
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // whoever imports something from there says what is wrong
  }
}

/** Null when there is no bundle, or the compiler wrote something since. */
function describe(dist: string): Description | null {
  const file = join(dist, 'bundled/bundle.json');
  const bundled = statSync(file, { throwIfNoEntry: false });
  const compiled = statSync(join(dist, '../tsconfig.tsbuildinfo'), { throwIfNoEntry: false });
  if (bundled === undefined || (compiled && compiled.mtimeMs > bundled.mtimeMs)) return null;
  return JSON.parse(readFileSync(file, 'utf8')) as Description;
}

/** Scripts of this process, and their compiled code from earlier ones. A script's name holds the hash of its content. */
class Scripts {
  readonly #ran = new Map<string, Modules>();
  readonly #fresh: { readonly script: Script; readonly kept: string }[] = [];
  #left = false;

  constructor(private readonly options: Options) {}

  run(dist: string, name: string, load: (specifier: string) => Promise<unknown>): Modules {
    const filename = join(dist, 'bundled', name);
    const ran = this.#ran.get(filename);
    if (ran) return ran;
    const { cache, program } = this.options;
    const kept =
      cache !== null && /^[a-z][a-z_-]{0,40}$/.test(program) ? join(cache, `${name}.${program}`) : null;
    const cachedData = kept === null ? undefined : read(kept);
    const script = new vm.Script(readFileSync(filename, 'latin1'), {
      filename,
      ...(cachedData && { cachedData }),
    });
    if (kept !== null && (!cachedData || script.cachedDataRejected)) this.#fresh.push({ script, kept });
    const module: { exports: Modules } = { exports: {} };
    let outside: NodeJS.Require | undefined;
    const beyond = () => {
      this.leave();
      outside ??= createRequire(filename);
      return outside;
    };
    const inside = (wanted: string): unknown => {
      if (wanted.startsWith(KERNEL))
        return (Reflect.get(globalThis, EXPORTS) as Modules)[wanted.slice(KERNEL.length)];
      return wanted.startsWith(PART) ? this.run(dist, wanted.slice(PART.length), load).all : undefined;
    };
    const require = (wanted: string): unknown =>
      isBuiltin(wanted) ? process.getBuiltinModule(wanted) : (inside(wanted) ?? beyond()(wanted));
    const importing = async (specifier: string | URL): Promise<unknown> => {
      const wanted = String(specifier);
      if (wanted.startsWith('file:') || isBuiltin(wanted)) return load(wanted);
      return inside(wanted) ?? load(pathToFileURL(beyond().resolve(wanted)).href);
    };
    script.runInThisContext()(require, importing, module, dist);
    this.#ran.set(filename, module.exports);
    return module.exports;
  }

  /** Modules outside of scripts are compiled by Node. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    if (this.options.cache !== null) enableCompileCache(this.options.cache);
  }

  keep(): void {
    for (const { script, kept } of this.#fresh) {
      const temporary = `${kept}.${process.pid}`;
      try {
        const data = script.createCachedData();
        writeFileSync(temporary, Buffer.concat([data, data]), { mode: 0o600, flush: true });
        renameSync(temporary, kept);
        forget(kept);
      } catch {
        // A full disk: the next start is slower, nothing else.
      }
    }
  }
}

/** Takes away what was kept of the same script before its content changed. */
function forget(kept: string): void {
  const [, folder = '', name = '', program = ''] =
    /^(.*)\/(.*)-[0-9a-f]{16}\.cjs(\.[a-z_-]+)$/.exec(kept) ?? [];
  for (const file of readdirSync(folder))
    if (
      file.length === kept.length - folder.length - 1 &&
      file.startsWith(`${name}-`) &&
      file.endsWith(program)
    )
      if (join(folder, file) !== kept) rmSync(join(folder, file), { force: true });
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
