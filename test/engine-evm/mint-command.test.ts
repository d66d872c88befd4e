import { settleFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import { expectFailure, expectPending } from './command-endings.js';
import { CommandHost, MINT, stranger as owner } from './command-host.js';

describe('blockhost-mint-nft', function () {
  this.timeout(60_000);
  let host: CommandHost;
  before(async () => {
    host = await CommandHost.start();
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  it('prints the id of the mined event and nothing else', async () => {
    const contract = host.credentials;
    for (const id of ['0\n', '1\n'])
      expect(await host.run(MINT, ['--owner-wallet', owner, '--user-encrypted', '0xabcd'])).to.include({
        code: 0,
        stdout: id,
        stderr: '',
      });
    expect(await host.supplyOf(contract)).to.equal(2);
  });

  it('foretells the id and mints nothing when it is dry', async () => {
    const contract = host.credentials;
    expect(await host.run(MINT, ['--owner-wallet', owner, '--dry-run'])).to.include({
      code: 0,
      stdout: '0\n',
    });
    expect(await host.supplyOf(contract)).to.equal(0);
  });

  it('tells id, owner and transaction as JSON', async () => {
    const { stdout } = await host.run(MINT, ['--owner-wallet', owner.toLowerCase(), '--json']);
    expect(JSON.parse(stdout)).to.include({ token_id: '0', owner, status: 'minted' });
  });

  it('takes the contract from the environment first', async () => {
    const contract = host.credentials;
    await host.configure({ nft_contract: owner });
    expect(await host.run(MINT, ['--owner-wallet', owner], { NFT_CONTRACT: contract })).to.include({
      code: 0,
      stdout: '0\n',
    });
  });

  it('sends nothing to an address without a contract', async () => {
    await host.configure({ nft_contract: owner });
    expectFailure(await host.run(MINT, ['--owner-wallet', owner]), 1, 'There is no contract at');
    expect(await host.sent()).to.equal(0);
  });

  it('says plainly that a recipient cannot receive credentials', async () => {
    const contract = host.credentials;
    expectFailure(await host.run(MINT, ['--owner-wallet', contract]), 1, 'cannot receive credentials');
    expect(await host.sent()).to.equal(0);
  });

  it('ends with 1 when the mint fails on the chain, and mints anew when asked again', async () => {
    const contract = host.credentials;
    const code = await host.rpc<string>('eth_getCode', contract, 'latest');
    await host.rpc('evm_setAutomine', false);
    const minting = host.run(MINT, ['--owner-wallet', owner]);
    await host.untilSent(1);
    await host.rpc('anvil_setCode', contract, '0x60006000fd');
    await host.rpc('evm_mine');
    expectFailure(await minting, 1, 'failed on the chain');
    await host.rpc('anvil_setCode', contract, code);
    await host.rpc('evm_setAutomine', true);
    expect(await host.run(MINT, ['--owner-wallet', owner])).to.include({ code: 0, stdout: '0\n' });
  });

  it('names the transaction when it is interrupted while it waits', async () => {
    await host.rpc('evm_setAutomine', false);
    const stop = new AbortController();
    const minting = host.run(MINT, ['--owner-wallet', owner], {}, stop.signal);
    await host.untilSent(1);
    stop.abort();
    expectPending(await minting);
    await host.rpc('evm_mine');
    expect(await host.run(MINT, ['--owner-wallet', owner])).to.include({ code: 0, stdout: '0\n' });
    expect(await host.sent('pending')).to.equal(1);
  });

  for (const place of settleFailpoints)
    it(`mints once after it was killed at ${place}`, async () => {
      const contract = host.credentials;
      const words = ['--owner-wallet', owner, '--user-encrypted', '0x12'];
      const killed = await host.run(MINT, words, { BLOCKHOST_FAILPOINT: place });
      expect(killed).to.include({ signal: 'SIGKILL', stdout: '' });
      expect(await host.run(MINT, words)).to.include({ code: 0, stdout: '0\n' });
      expect(await host.supplyOf(contract)).to.equal(1);
      expect(await host.sent('pending')).to.equal(1);
    });

  it('mints once when two are started at once, and one for each of two owners', async () => {
    const seen = { method: 'eth_getCode', times: 2 };
    const one: [string, ...string[]] = [MINT, '--owner-wallet', owner];
    expect(await host.atOnce(seen, one, one)).to.deep.equal(['0\n', '0\n']);
    const both = await host.atOnce(seen, one, [MINT, '--owner-wallet', host.wallet]);
    expect(both.sort()).to.deep.equal(['1\n', '2\n']);
    expect(await host.supplyOf(host.credentials)).to.equal(3);
  });
});
