import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import {
  concat,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  numberToHex,
  type PublicClient,
  zeroAddress,
} from 'viem';
import { until } from '../demo/until.js';

/**
 * EVM code that emits `SubscriptionCreated` of plan 1 for the ids from the first word of its input to before the second,
 * with the third word as selector and the rest as data: a hundred thousand purchases would take the node minutes, and
 * their logs are the same.
 */
const code = `0x${[
  '60603603', // stack: length of the data
  '806060600037', // copied to memory
  '600035', // stack: length, id
  '5b', // next:
  '33', // subscriber: the caller
  '6001', // plan
  '82', // id
  '604035', // selector
  '85', // length
  '6000',
  'a4', // LOG4
  '600101', // id + 1
  '80602035', // end
  '11',
  '600d', // next
  '57',
  '00',
].join('')}` as const;

const sender = '0x00000000000000000000000000000000000b0b0b';

/** So many purchases on a private chain, `each` of them in one block. */
export async function emitPurchases(
  node: PublicClient,
  contract: Hex,
  { count, each }: { readonly count: number; readonly each: number },
): Promise<void> {
  const call = (method: string, ...params: readonly unknown[]) =>
    node.request({ method, params } as never) as Promise<unknown>;
  await call('anvil_setCode', contract, code);
  await call('anvil_setBalance', sender, numberToHex(10n ** 24n));
  await call('anvil_impersonateAccount', sender);
  const [selector = '0x'] = encodeEventTopics({
    abi: blockhostSubscriptionsAbi,
    eventName: 'SubscriptionCreated',
  });
  const data = encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'address' }, { type: 'bytes' }],
    [2_000_000_000n, 1_000_000n, zeroAddress, `0x${'ab'.repeat(160)}`],
  );
  for (let id = 1; id <= count; id += each) {
    const ids = [id, Math.min(id + each, count + 1)].map((value) => numberToHex(value, { size: 32 }));
    const input = concat([...ids, selector as Hex, data]);
    await call('eth_sendTransaction', {
      from: sender,
      to: contract,
      data: input,
      gas: numberToHex(12_000_000),
    });
  }
  await until('the purchases to be mined', 60_000, async () => {
    const mined = await call('eth_getTransactionCount', sender, 'latest');
    return Number(mined) >= count / each ? true : null;
  });
}
