import { appendFileSync } from 'node:fs';

/** One figure of a benchmark. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  /** Of `value` and of the reference, e.g. `ms` or `per second`. */
  readonly unit: string;
  /** What was measured in the same run to compare with. */
  readonly reference?: { readonly what: string; readonly value: number };
  /**
   * What `value` is to keep to (quality.md, section 3): a bound of its own; at most so much more than the reference; or at
   * least that share of it.
   */
  readonly budget?: Budget;
}

export interface Budget {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly aboveReference?: number;
  readonly ofReference?: number;
}

/** Prints the figure; the runner of benchmarks collects it in the file that `BLOCKHOST_MEASUREMENTS` names. */
export function reportMeasurement(measurement: Measurement): void {
  const { what, value, unit, reference } = measurement;
  const compared = reference ? `  (${reference.what}: ${rounded(reference.value)} ${unit})` : '';
  console.log(`${what.padEnd(44)} ${rounded(value)} ${unit}${compared}`);
  const file = process.env.BLOCKHOST_MEASUREMENTS;
  if (file) appendFileSync(file, `${JSON.stringify(measurement)}\n`);
}

const rounded = (value: number) => (Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0)).padStart(8);
