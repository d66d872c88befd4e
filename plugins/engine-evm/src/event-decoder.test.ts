import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import { expect } from 'chai';
import { encodeAbiParameters, encodeEventTopics, type Log, parseAbiParameters } from 'viem';
import { decodeLog } from './event-decoder.js';

const subscriber = '0x5c33fd89787e3fb46289ff776bd42386A16c0307';
const topics = encodeEventTopics({
  abi: blockhostSubscriptionsAbi,
  eventName: 'SubscriptionCreated',
  args: { subscriptionId: 7n, planId: 3n, subscriber },
}) as [`0x${string}`, ...`0x${string}`[]];
const body = (expiresAt: bigint) =>
  encodeAbiParameters(parseAbiParameters('uint256, uint256, address, bytes'), [
    expiresAt,
    5n,
    subscriber,
    '0xabcd',
  ]);

function log(
  data: `0x${string}`,
  first: [`0x${string}`, ...`0x${string}`[]] = topics,
): Log<bigint, number, false> {
  return {
    address: subscriber,
    blockHash: '0x01',
    blockNumber: 12n,
    data,
    logIndex: 2,
    removed: false,
    topics: first,
    transactionHash: '0x02',
    transactionIndex: 1,
  };
}

describe('decoding a log', () => {
  it('answers the event with its place', () => {
    expect(decodeLog(log(body(1_800_000_000n)))).to.deep.equal({
      event: {
        type: 'subscription-created',
        height: 12,
        blockHash: '0x01',
        transactionHash: '0x02',
        transactionIndex: 1,
        logIndex: 2,
        subscriptionId: 7n,
        planId: 3n,
        subscriber,
        expiresAt: 1_800_000_000,
        paidAmount: 5n,
        paymentToken: subscriber,
        userEncrypted: '0xabcd',
      },
    });
  });

  const broken: Readonly<Record<string, Log<bigint, number, false>>> = {
    'its data is cut off': log(body(1n).slice(0, -64) as `0x${string}`),
    'it has no data': log('0x'),
    'an indexed parameter is missing': log(body(1n), topics.slice(0, 3) as typeof topics),
    'its expiry lies beyond what can be counted': log(body(2n ** 200n)),
    'its event is not known': log(body(1n), [`0x${'00'.repeat(32)}`]),
  };
  for (const [why, bad] of Object.entries(broken))
    it(`reports a log, with its raw content, when ${why}`, () => {
      const decoded = decodeLog(bad);
      if (!('undecodable' in decoded)) throw new Error('it was decoded');
      expect(decoded.undecodable).to.include({ height: 12, transactionHash: '0x02', logIndex: 2 });
      expect(decoded.undecodable.reason).to.not.equal('');
      expect(JSON.parse(decoded.undecodable.raw)).to.deep.equal({ topics: bad.topics, data: bad.data });
    });
});
