import { aVmSpec } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { createArguments } from './create-arguments.js';

const now = Date.parse('2026-03-01T10:00:00Z');
const spec = aVmSpec({
  name: 'blockhost-042',
  ownerWallet: '0xabc',
  cpu: 2,
  memoryMb: 2048,
  diskGb: 20,
  expiresAt: '2026-03-30T10:00:01Z',
});

describe('the arguments of create', () => {
  it('are those every generation knows', () => {
    expect(createArguments(spec, [], now).join(' ')).to.equal(
      'blockhost-042 --owner-wallet 0xabc --expiry-days 30 --cpu 2 --memory 2048 --disk 20 --apply',
    );
  });

  it('never ask for less than a day', () => {
    const over = { ...spec, expiresAt: '2020-01-01T00:00:00Z' };
    expect(createArguments(over, [], now)).to.include.members(['--expiry-days', '1']);
  });

  it('name the moment of expiry, the token and the user where they are known', () => {
    const full = { ...spec, tokenId: '17', username: 'jane' };
    expect(createArguments(full, ['expires-at'], now).join(' ')).to.equal(
      'blockhost-042 --owner-wallet 0xabc --nft-token-id 17 --expires-at 2026-03-30T10:00:01Z --cpu 2 --memory 2048 --disk 20 --username jane --apply',
    );
  });
});
