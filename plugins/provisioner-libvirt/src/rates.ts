import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Paths, writeFileAtomic } from '@blockhost/kernel';
import type { Definition } from './definitions.js';

type Figures = Readonly<Record<string, number>>;

/** Milliseconds between two samples below which rates are noise. */
const SPACING_MS = 500;

/** Counters that rates are made of, at one time. */
interface Sample {
  readonly at: number;
  readonly backendRef: string;
  readonly counters: Figures;
  /** Those since the sample before: what is told to whoever looks again at once. */
  readonly rates: Figures;
}

/**
 * Per second since the sample before, kept in a file; zeros for the first one and after a counter began anew. Two who look at
 * the same time are told the same.
 */
export async function ratesSince(
  paths: Paths,
  { backendRef, spec }: Pick<Definition, 'backendRef' | 'spec'>,
  counters: Figures,
  at = Date.now(),
): Promise<Figures> {
  const file = sampleFile(paths, spec.name);
  const kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Sample,
    () => null,
  );
  const before = kept?.backendRef === backendRef ? kept : null;
  const elapsed = before === null ? 0 : at - before.at;
  if (before !== null && elapsed >= 0 && elapsed < SPACING_MS) return before.rates ?? {};
  const rates = before === null || elapsed < 0 ? {} : grown(before.counters, counters, elapsed);
  await mkdir(dirname(file), { recursive: true, mode: 0o750 });
  await writeFileAtomic(file, JSON.stringify({ at, backendRef, counters, rates } satisfies Sample), 0o640);
  return rates;
}

/** Of a VM that is gone. */
export function forgetSamples(paths: Paths, name: string): Promise<void> {
  return rm(sampleFile(paths, name), { force: true });
}

function grown(before: Figures, now: Figures, elapsedMs: number): Figures {
  const rates = Object.entries(now).map(([name, value]) => {
    const since = value - (before[name] ?? value);
    return [name, since > 0 ? (since * 1000) / elapsedMs : 0] as const;
  });
  return Object.fromEntries(rates);
}

function sampleFile(paths: Paths, name: string): string {
  return paths.resolve(`/var/lib/blockhost/libvirt/metrics/${name}`);
}
