import type { Hex } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';

describe('the mint of a credential', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  afterEach(() => host.dispose());

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
