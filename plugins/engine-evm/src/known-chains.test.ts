import { expect } from 'chai';
import { encodePacked, getCreate2Address, keccak256 } from 'viem';
import { parseAddress } from './address-codec.js';
import { knownChain } from './known-chains.js';

/** Factories of Uniswap V2 and the hash of what they deploy (docs.uniswap.org, contracts v2). */
const FACTORIES = {
  1: '0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f',
  8453: '0x8909Dc15e40173Ff4699343b6eB8132c65e18eC6',
} as const;
const PAIR_CODE = '0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f';

describe('known chains', () => {
  for (const id of [1, 137, 8453, 42161, 11155111])
    it(`write every address of chain ${id} with its checksum`, () => {
      const { market, stablecoin } = knownChain(id);
      for (const address of [stablecoin, ...Object.values(market ?? {})])
        expect(parseAddress(address ?? '')).to.equal(address);
    });

  for (const [id, factory] of Object.entries(FACTORIES))
    it(`name the pair of coin and stablecoin that chain ${id} has`, () => {
      const { market, stablecoin } = knownChain(Number(id));
      if (!market) return expect.fail('it has no market');
      expect(market.stablecoin).to.equal(stablecoin);
      const [one = '0x', other = '0x'] = [market.weth, market.stablecoin].sort((a, b) =>
        a.toLowerCase() < b.toLowerCase() ? -1 : 1,
      );
      const salt = keccak256(encodePacked(['address', 'address'], [one, other]));
      expect(market.pair).to.equal(getCreate2Address({ from: factory, salt, bytecodeHash: PAIR_CODE }));
    });

  it('take the coin of a chain nobody knows for money, and that of test chains for none', () => {
    expect([1, 137, 8453, 42161, 4_242].map((id) => knownChain(id).mainnet)).to.not.include(false);
    expect([11155111, 1337, 31337].map((id) => knownChain(id).mainnet)).to.not.include(true);
  });

  it('know no market where engine.md names none', () => {
    for (const id of [137, 42161, 11155111, 31337, 4_242]) expect(knownChain(id).market).to.equal(null);
  });
});
