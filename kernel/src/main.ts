import { loadBundle } from './bundle.js';

// As in bundle.ts: what is not imported here need not be loaded.
const { existsSync, mkdirSync, statSync } = process.getBuiltinModule('node:fs');
const { homedir } = process.getBuiltinModule('node:os');
const { dirname, join } = process.getBuiltinModule('node:path');

// Entry of every command and daemon. Started by `bin/blockhost` with the name it was called by as first argument.
const cache = cacheFolder();
const [program = 'blockhost', ...argv] = process.argv.slice(2);
const bundle = loadBundle<typeof import('./commands/command-host.js')>(import.meta.dirname, {
  program,
  cache,
});
if (bundle === null && cache !== null) process.getBuiltinModule('node:module').enableCompileCache(cache);
const { runCommandLine } = bundle?.host ?? (await import('./commands/command-host.js'));
const exitCode = await runCommandLine({ program, argv, home: dirname(import.meta.dirname) });
// Not of a mistake, nor of `--version`: they call too little of the kernel.
if (exitCode === 0 && !argv[0]?.startsWith('-')) bundle?.keep();
process.exit(exitCode);

/** V8's compiled code is trusted like the source: it is kept only where nobody else can write. */
function cacheFolder(): string | null {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(base, 'blockhost', 'compiled');
  try {
    // One by one: Node's own way of making parents never ends where the file system denies every name (/proc).
    for (const each of [base, dirname(folder), folder])
      if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    const { uid, mode } = statSync(folder);
    return uid === process.geteuid?.() && (mode & 0o022) === 0 ? folder : null;
  } catch {
    // No place to keep it, or another process was quicker to make it: this start is slower, nothing else.
    return null;
  }
}
