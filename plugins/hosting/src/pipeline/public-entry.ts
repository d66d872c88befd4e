import type { Entry } from './entry.js';
import { toRow } from './entry.js';

/** An entry in the field names of engine.md 3.4, without ciphertexts and signed bytes. */
export function publicEntry(entry: Entry): Readonly<Record<string, unknown>> {
  const { mint, ...shown } = entry;
  return {
    ...toRow({ ...shown, mint: null }),
    needs_operator: entry.needsOperator,
    cancel_requested: entry.cancelRequested,
    user_encrypted: entry.userEncrypted === null ? null : `${entry.userEncrypted.length} characters`,
    conn_encrypted: entry.connEncrypted === null ? null : `${entry.connEncrypted.length} characters`,
    mint: mint === null ? null : { tx_hash: mint.hash, from_block: mint.signedAtHeight },
  };
}
