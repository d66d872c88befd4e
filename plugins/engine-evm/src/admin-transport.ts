import { type AdminEnvelope, type AdminOrder, type AdminTransport, BlockhostError } from '@blockhost/kernel';
import { openTextFrom, parsePrivateKey, publicKeyOf, sealTextTo } from '@blockhost/kernel/crypto';
import type { PublicClient } from 'viem';
import { addressCodec, known } from './address-codec.js';
import { type AdminCommand, parseAdminCommand } from './admin-command.js';
import { blockAt } from './block-reader.js';
import { receiptOf } from './lookup.js';
import type { Nodes } from './nodes.js';
import { type SentTransaction, sentBy } from './sent-transactions.js';

/** Bytes of a transaction's data that may be an order. */
const DATA = { least: 5, most: 8_192 };

/** Default of the mode `null` (engine.md 6.1). */
const NOBODY = '0x000000000000000000000000000000000000dEaD';

/** Capability `adminCommands`: encrypted orders in the data of transactions (engine.md 6.2, crypto.md 10.1). */
export function adminTransport(nodes: Nodes): AdminTransport {
  return {
    async scan(from, to, envelope, signal) {
      const serverKey = parsePrivateKey(envelope.serverKey);
      const found = await nodes.find(async (node) => {
        if ((await blockAt(node, to)) === null) return null;
        const orders: AdminOrder[] = [];
        for (const sent of await sentBy(node, known(envelope.wallet), from, to)) {
          const order = isAddressed(sent, envelope) ? open(sent, serverKey) : null;
          if (order !== null && (await succeeded(node, sent))) orders.push(orderIn(sent, order));
        }
        return orders;
      }, signal);
      if (found === null)
        throw new BlockhostError('chain.unreachable', `No node has block ${to} yet.`, {
          remedy: 'Try again later.',
        });
      return found;
    },

    async seal({ command, parameters, issuedAt }, { wallet, destination, serverKey }) {
      const plaintext = JSON.stringify({
        command,
        params: parameters,
        nonce: crypto.randomUUID(),
        timestamp: issuedAt,
      });
      if (parseAdminCommand(plaintext) === null)
        throw new BlockhostError('chain.bad-order', 'No engine would take this order.', {
          remedy: 'Give a command of 1 to 64 characters and parameters that are plain JSON.',
        });
      return {
        to: typeof destination === 'string' ? wallet : destination.address,
        data: sealTextTo(publicKeyOf(parsePrivateKey(serverKey)), plaintext),
      };
    },

    nobody: NOBODY,
  };
}

/** The creation of a contract goes to nobody. */
function isAddressed({ to, data }: SentTransaction, { wallet, destination }: AdminEnvelope): boolean {
  const bytes = (data.length - 2) / 2;
  if (to === null || bytes < DATA.least || bytes > DATA.most) return false;
  return (
    destination === 'any' || addressCodec.same(to, destination === 'self' ? wallet : destination.address)
  );
}

function open({ data }: SentTransaction, serverKey: Uint8Array): AdminCommand | null {
  try {
    return parseAdminCommand(openTextFrom(serverKey, data));
  } catch {
    // Not for us: the wallet may send what it likes.
    return null;
  }
}

async function succeeded(node: PublicClient, { hash, blockHash }: SentTransaction): Promise<boolean> {
  const receipt = await receiptOf(node, hash);
  if (receipt === null) throw new Error('it has a transaction without its receipt');
  if (receipt.blockHash !== blockHash) throw new Error('a block was replaced while it was read');
  return receipt.status === 'success';
}

function orderIn(
  { hash, height, minedAt }: SentTransaction,
  { command, params, nonce, timestamp }: AdminCommand,
): AdminOrder {
  return {
    transactionHash: hash,
    height,
    minedAt,
    command,
    parameters: params,
    nonce,
    freshness: { timestamp },
  };
}
