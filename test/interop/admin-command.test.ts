import type { AdminOrder } from '@blockhost/kernel';
import { generatePrivateKey, openTextFrom, publicKeyOf, sealTextTo } from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { readCases } from '../contracts/vectors.js';
import { builtModule } from './built-module.js';
import { sentenceFor, type VectorCase } from './cases.js';

interface AdminVector extends VectorCase {
  /** Epoch seconds. */
  readonly now: number;
  readonly max_command_age: number;
  readonly used_nonces: readonly string[];
  readonly plaintext_utf8: string;
}

interface Parts {
  parseAdminCommand(text: string): {
    readonly command: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly nonce: string;
    readonly timestamp: number;
  } | null;
  staleness(
    order: Pick<AdminOrder, 'freshness'>,
    present: { now: number; head: number; highest: null; maxCommandAge: number },
  ): string | null;
  TestHost: { create(): Promise<{ readonly database: object; dispose(): Promise<void> }> };
  OrderStore: new (
    database: object,
    chain: string,
    clock: { now(): number },
  ) => { accept(order: AdminOrder, action: string, maxCommandAge: number): Promise<boolean> };
}

describe('orders of an EVM administrator (crypto.md 10.1)', () => {
  const key = generatePrivateKey();
  let parts: Parts;
  before(async () => {
    parts = {
      ...(await builtModule<Parts>('engine-evm/dist/admin-command.js')),
      ...(await builtModule<Parts>('hosting/dist/admin/freshness.js')),
      ...(await builtModule<Parts>('hosting/dist/admin/order-store.js')),
      ...(await builtModule<Parts>('hosting/dist/test-host.js')),
    };
  });

  /** As the engine reads the data of a transaction. */
  function orderIn(data: `0x${string}`, transaction: string): AdminOrder | null {
    const command = parts.parseAdminCommand(openTextFrom(key, data));
    return (
      command && {
        transactionHash: `0x${transaction}`,
        height: 1,
        minedAt: 0,
        command: command.command,
        parameters: command.params,
        nonce: command.nonce,
        freshness: { timestamp: command.timestamp },
      }
    );
  }

  for (const vector of readCases<AdminVector>('admin-command-evm'))
    it(sentenceFor(vector), async () => {
      const { now: seconds, max_command_age: maxCommandAge, used_nonces, plaintext_utf8 } = vector;
      const now = seconds * 1_000;
      const host = await parts.TestHost.create();
      try {
        const store = new parts.OrderStore(host.database, 'evm:1', { now: () => now });
        const accepts = async (order: AdminOrder | null) =>
          order !== null &&
          parts.staleness(order, { now, head: 1, highest: null, maxCommandAge }) === null &&
          (await store.accept(order, 'knock', maxCommandAge));
        for (const [place, nonce] of used_nonces.entries()) {
          const used = sealTextTo(
            publicKeyOf(key),
            JSON.stringify({ command: 'earlier', nonce, timestamp: seconds }),
          );
          expect(await accepts(orderIn(used, `e${place}`))).to.equal(true);
        }
        const data = sealTextTo(publicKeyOf(key), plaintext_utf8);
        expect(await accepts(orderIn(data, 'a'))).to.equal(vector.expect === 'ok');
        expect(await accepts(orderIn(data, 'b')), 'replayed').to.equal(false);
      } finally {
        await host.dispose();
      }
    });
});
