import type { Hex, SignedTransaction } from '@blockhost/kernel';

/** Hashes under which a transaction may be mined: its own, and those of the versions whose fee it raised. */
export function versionHashes({ hash, earlier = [] }: SignedTransaction): readonly Hex[] {
  return [hash, ...earlier.map((version) => version.hash)];
}
