import type { Sample } from '../rules/judge.js';
import { metric, metricNames } from '../rules/metric.js';

/** Raw samples are kept that long. */
export const RAW_MS = 3_600_000;

/** Numbers of one sample: its moment, then each metric, NaN where it cannot be known. */
const WIDTH = 1 + metricNames.length;
const FIRST_CAPACITY = 64;

/** What one metric was in a span of time: of how many samples, in the metric's unit. */
export interface Span {
  readonly samples: number;
  readonly mean: number;
  readonly most: number;
}

/** The last hour of one VM in memory; grows to what an hour holds, and no further. */
export class SampleRing {
  #numbers = new Float64Array(FIRST_CAPACITY * WIDTH);
  /** Index of the oldest sample, and how many there are. */
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add({ at, figures }: Sample): void {
    while (this.#count > 0 && at - this.#at(0) > RAW_MS) this.#drop();
    if (this.#count === this.#capacity) this.#grow();
    const place = this.#place(this.#count);
    this.#numbers[place] = at;
    for (const [index, name] of metricNames.entries()) {
      const value = figures.state === 'running' ? metric(name).read(figures) : Number.NaN;
      this.#numbers[place + 1 + index] = value < 0 ? Number.NaN : value;
    }
    this.#count += 1;
  }

  /** From `since` to before `until`, in ms since the epoch, in the order of the metrics; null where nothing is known. */
  spans(since: number, until: number): (Span | null)[] {
    const sums = metricNames.map(() => ({ samples: 0, sum: 0, most: 0 }));
    for (let index = 0; index < this.#count; index += 1) {
      const at = this.#at(index);
      if (at < since || at >= until) continue;
      for (const [column, sum] of sums.entries()) {
        const value = this.#numbers[this.#place(index) + 1 + column] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        sum.samples += 1;
        sum.sum += value;
        sum.most = Math.max(sum.most, value);
      }
    }
    return sums.map(({ samples, sum, most }) =>
      samples === 0 ? null : { samples, mean: sum / samples, most },
    );
  }

  get #capacity(): number {
    return this.#numbers.length / WIDTH;
  }

  #place(index: number): number {
    return ((this.#first + index) % this.#capacity) * WIDTH;
  }

  #at(index: number): number {
    return this.#numbers[this.#place(index)] ?? 0;
  }

  #drop(): void {
    this.#first = (this.#first + 1) % this.#capacity;
    this.#count -= 1;
  }

  #grow(): void {
    const grown = new Float64Array(this.#numbers.length * 2);
    const tail = this.#numbers.subarray(this.#first * WIDTH);
    grown.set(tail);
    grown.set(this.#numbers.subarray(0, this.#first * WIDTH), tail.length);
    this.#numbers = grown;
    this.#first = 0;
  }
}
