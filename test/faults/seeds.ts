/** Seeds that run every time. One that found something stays, with what it found. */
export const SEEDS: readonly { readonly seed: number; readonly found?: string }[] = [
  { seed: 1 },
  { seed: 2 },
  { seed: 3 },
  { seed: 4 },
];
