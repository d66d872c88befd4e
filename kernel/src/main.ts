import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

// Entry of every command and daemon. Started by `bin/blockhost` with the name it was called by as first argument.
cacheCompiledCode();
const [program = 'blockhost', ...argv] = process.argv.slice(2);
const { runCommandLine } = await import('./commands/command-host.js');
process.exit(await runCommandLine({ program, argv, home: dirname(import.meta.dirname) }));

/** V8's compiled code is trusted like the source: it is kept only where nobody else can write. */
function cacheCompiledCode(): void {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'blockhost', 'compiled');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid === process.geteuid?.() && (mode & 0o022) === 0) enableCompileCache(folder);
  } catch {
    // No place to keep it: the start is slower, nothing else.
  }
}
