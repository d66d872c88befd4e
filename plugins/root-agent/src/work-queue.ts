/** Told to a caller whose work would have to wait behind too much other work. */
export const FULL: unique symbol = Symbol('full');

interface Waiting {
  readonly resource: string;
  start(): void;
}

/**
 * Runs work with at most `places` at the same time, and never two of the same resource; what waits starts in the order in
 * which it came.
 */
export class WorkQueue {
  readonly #running = new Set<string>();
  readonly #waiting: Waiting[] = [];
  readonly #idle = new Set<() => void>();

  constructor(private readonly bounds: { readonly places: number; readonly queued: number }) {}

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** `work` holds its place until it ends, whatever becomes of whoever waits for it. */
  run<T>(resource: string, work: () => Promise<T>): Promise<T> | typeof FULL {
    const immediate = this.#isFree(resource);
    if (!immediate && this.#waiting.length >= this.bounds.queued) return FULL;
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        this.#running.add(resource);
        const done = () => {
          this.#running.delete(resource);
          this.#next();
        };
        // Asynchronous also where the work throws at once.
        const result = (async () => work())();
        result.then(resolve, reject);
        result.then(done, done);
      };
      if (immediate) start();
      else this.#waiting.push({ resource, start });
    });
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.running === 0 && this.queued === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #isFree(resource: string): boolean {
    return (
      this.#running.size < this.bounds.places &&
      !this.#running.has(resource) &&
      !this.#waiting.some((each) => each.resource === resource)
    );
  }

  #next(): void {
    for (let at = 0; at < this.#waiting.length && this.#running.size < this.bounds.places; ) {
      const next = this.#waiting[at];
      if (next && !this.#running.has(next.resource)) {
        this.#waiting.splice(at, 1);
        next.start();
      } else at++;
    }
    if (this.running > 0 || this.queued > 0) return;
    for (const wake of this.#idle) wake();
    this.#idle.clear();
  }
}
