import { randomBytes } from 'node:crypto';
import { rpc } from '../engine-evm/evm-host.js';

interface Block {
  readonly transactions: readonly { readonly hash: string; readonly from: string }[];
}

/** What becomes of the transactions of blocks that are replaced. */
export type Fate = 'in one block, others first' | 'one block later' | 'never';

/**
 * Replaces the blocks from `height` up to the head of an anvil chain by as many others (JSON-RPC `anvil_reorg`). Those of
 * one sender keep their order, which their nonces demand.
 */
export async function replaceBlocks(rpcUrl: string, height: number, fate: Fate): Promise<void> {
  const call = <T>(method: string, ...params: readonly unknown[]) => rpc<T>(rpcUrl, method, params);
  const head = Number(await call<string>('eth_blockNumber'));
  const depth = head - height + 1;
  const sent: { readonly raw: string; readonly from: string; readonly place: number }[] = [];
  for (let at = height; at <= head; at += 1) {
    const { transactions } = await call<Block>('eth_getBlockByNumber', `0x${at.toString(16)}`, true);
    for (const { hash, from } of transactions)
      sent.push({ raw: await call<string>('eth_getRawTransactionByHash', hash), from, place: at - height });
  }
  const senders = [...new Set(sent.map(({ from }) => from))].reverse();
  const last = depth - 1;
  const placed =
    fate === 'never'
      ? []
      : fate === 'one block later'
        ? sent.map(({ raw, place }) => [raw, Math.min(place + 1, last)])
        : sent
            .toSorted((one, other) => senders.indexOf(one.from) - senders.indexOf(other.from))
            .map(({ raw }) => [raw, last]);
  // Empty blocks with the same times have the same hashes, unless somebody else mines them.
  await call('anvil_setCoinbase', `0x${randomBytes(20).toString('hex')}`);
  await call('anvil_reorg', depth, placed);
}
