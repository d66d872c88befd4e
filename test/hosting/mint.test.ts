import { join } from 'node:path';
import type { Hex } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';

const { retryEntry } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/pipeline/operate.js')
)) as { retryEntry(database: Knex, id: string, now: number): Promise<void> };

describe('the mint of a credential', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  afterEach(() => host.dispose());

  it('that fails on the chain although it was simulated is paid for once, until a person tries again', async () => {
    host = await MemoryHost.create();
    const { ledger, transactions } = host.chain;
    const { contracts } = ledger;
    const { broadcast } = transactions;
    const refusal = contracts.refusal.bind(contracts);
    let tried = 0;
    transactions.broadcast = async (signed, signal) => {
      tried += 1;
      // As a contract does that knows a simulation when it sees one.
      contracts.refusal = (from, act, now) => (act.do === 'mint' ? 'no' : refusal(from, act, now));
      await broadcast(signed, signal);
      contracts.refusal = refusal;
    };
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    const given = await until('the call for an operator', 10_000, async () =>
      (await host.entries()).find(({ state }) => state === 'failed'),
    );
    expect(given).to.include({ needs_operator: 1, failed_stage: 'nft_minted', mint: null });
    expect(given.last_error).to.include('failed on the chain');
    expect(await host.vms.get('blockhost-001')).to.include({ status: 'active', nftMinted: false });
    expect(tried).to.equal(1);

    transactions.broadcast = broadcast;
    await retryEntry(host.database, 'create:1', host.clock.now());
    await until('the credential', 10_000, async () =>
      (await host.entries())[0]?.state === 'done' ? true : null,
    );
    expect(contracts.credentials).to.have.lengthOf(1);
  });

  it('raises the fee of a mint that is left lying, and ends with one credential', async () => {
    host = await MemoryHost.create({ autoMine: false });
    const { ledger } = host.chain;
    ledger.mine();
    await host.buy(host.chain.customer(1));
    ledger.mine();
    const { broadcast } = host.chain.transactions;
    const handed: string[] = [];
    host.chain.transactions.broadcast = (signed, signal) => {
      if (!signed.earlier) ledger.leftLying.add(signed.hash);
      handed.push(signed.hash);
      return broadcast(signed, signal);
    };
    await host.startMonitor();
    await until('a version with a higher fee', 10_000, async () => {
      ledger.mine();
      return handed[1];
    });
    await until('the credential', 10_000, async () => {
      ledger.mine();
      return (await host.entries())[0]?.state === 'done' ? true : null;
    });
    expect(ledger.contracts.credentials).to.have.lengthOf(1);
    expect(ledger.minedAt(handed[0] as Hex), 'the first version').to.equal(undefined);
    expect(ledger.minedAt(handed[1] as Hex), 'the second').to.include({ success: true });
    expect(await host.vms.get('blockhost-001')).to.include({ nftTokenId: '0', nftMinted: true });
  });
});
