import { existsSync, mkdirSync, statSync } from 'node:fs';
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
