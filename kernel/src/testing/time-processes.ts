import { spawnSync } from 'node:child_process';

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/**
 * Median wall clock of whole processes in milliseconds, by name. They take turns, so that whatever else the machine does
 * touches all of them; the first turn fills caches and does not count. Throws when one does not end with 0.
 */
export function timeProcesses<Name extends string>(
  processes: Readonly<Record<Name, Argv>>,
  { env, rounds = 15 }: { readonly env: NodeJS.ProcessEnv; readonly rounds?: number },
): Record<Name, number> {
  const names = Object.keys(processes) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1)
    for (const name of names) {
      const [program, ...args] = processes[name];
      const started = performance.now();
      const { status, stderr } = spawnSync(program, args, { env: { ...process.env, ...env } });
      if (round > 0) times[name].push(performance.now() - started);
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}
