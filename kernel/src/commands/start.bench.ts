// Command start above bare Node: node kernel/dist/commands/start.bench.js [RUNS]
// Budgets (quality.md, section 3): 100 ms above bare Node from source, 60 ms packaged.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tree = join(import.meta.dirname, '../../..');
const launcher = join(tree, 'bin/blockhost');
const rounds = Number(process.argv[2] ?? 15);
const root = await mkdtemp(join(tmpdir(), 'blockhost-bench-'));
const env = { ...process.env, BLOCKHOST_ROOT: root, XDG_CACHE_HOME: join(root, 'cache') };

const cases: Readonly<Record<string, readonly string[]>> = {
  'bare node': [process.execPath, '-e', '0'],
  'blockhost --version': [launcher, '--version'],
  'blockhost --help': [launcher, '--help'],
  'blockhost plugins list': [launcher, 'plugins', 'list'],
};

function milliseconds([program = '', ...args]: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, args, { env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

try {
  // Interleaved, so that whatever else the machine does touches all of them; the first round fills caches.
  const times = new Map(Object.keys(cases).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, line] of Object.entries(cases)) {
      const took = milliseconds(line);
      if (round > 0) times.get(name)?.push(took);
    }
  const medianOf = (name: string) => {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  const bare = medianOf('bare node');
  for (const name of Object.keys(cases)) {
    const median = medianOf(name);
    const ratio = (median / bare).toFixed(2);
    console.log(
      `${name.padEnd(26)}${median.toFixed(1).padStart(7)} ms  +${(median - bare).toFixed(1).padStart(5)} ms  ×${ratio}`,
    );
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
