import type { SigningKey } from '@blockhost/kernel';
import { encodeHex } from '@blockhost/kernel/crypto';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { secretOf } from './signing-key.js';

const accounts = new WeakMap<SigningKey, PrivateKeyAccount>();

/** What signs transactions for a key of this engine, whichever of its modules read it. */
export function accountOf(key: SigningKey): PrivateKeyAccount {
  let account = accounts.get(key);
  if (!account) {
    account = privateKeyToAccount(encodeHex(secretOf(key)));
    accounts.set(key, account);
  }
  return account;
}
