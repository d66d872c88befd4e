import {
  accessCredentialNftAbi,
  blockhostSubscriptionsAbi,
  testStablecoinAbi,
} from '@blockhost/contracts-evm';
import type { Address, Customer } from '@blockhost/kernel';
import { encodeFunctionData, type Hex, parseEventLogs } from 'viem';
import { known } from '../address-codec.js';
import { receiptOf } from '../lookup.js';
import { messageSigning } from '../message-signature.js';
import type { Nodes } from '../nodes.js';
import { draftOf, type TransactionBody } from '../transaction-body.js';
import { userDataCipher } from '../user-data-cipher.js';
import type { DevnetWallet } from './wallet.js';

/** Payment method of the primary stablecoin (contracts.md 1). */
const STABLECOIN = 1n;

/** What the signup page does for a customer, with the wallet in hand. */
export function customerOf(wallet: DevnetWallet, nodes: Nodes, stablecoin: Address): Customer {
  const { key } = wallet;
  const sign = (message: string) => messageSigning.sign(message, key);

  async function send(what: string, body: Partial<TransactionBody>) {
    return { transactionHash: (await wallet.send(draftOf(what, body))).hash };
  }

  /** Lets the contract take exactly the price that it quotes. */
  async function approve(subscriptions: Address, planId: bigint, days: bigint): Promise<void> {
    const price = await nodes.ask((node) =>
      node.readContract({
        abi: blockhostSubscriptionsAbi,
        address: known(subscriptions),
        functionName: 'calculatePayment',
        args: [planId, days, STABLECOIN],
      }),
    );
    const data = encodeFunctionData({
      abi: testStablecoinAbi,
      functionName: 'approve',
      args: [known(subscriptions), price],
    });
    await wallet.send(draftOf('approve the price', { to: known(stablecoin), data }));
  }

  return {
    address: key.address,
    sign,

    async buy({ subscriptions, planId, days, serverPublicKey, publicSecret }) {
      await approve(subscriptions, planId, BigInt(days));
      const userEncrypted = userDataCipher.sealPurchase(serverPublicKey, await sign(publicSecret)) as Hex;
      const { hash } = await wallet.send(
        draftOf(`buy plan ${planId} for ${days} days`, {
          to: known(subscriptions),
          data: encodeFunctionData({
            abi: blockhostSubscriptionsAbi,
            functionName: 'buySubscription',
            args: [planId, BigInt(days), STABLECOIN, userEncrypted],
          }),
        }),
      );
      const { logs = [] } = (await nodes.find((node) => receiptOf(node, hash))) ?? {};
      const [made] = parseEventLogs({
        abi: blockhostSubscriptionsAbi,
        eventName: 'SubscriptionCreated',
        logs,
      });
      if (!made) throw new Error(`The purchase ${hash} made no subscription.`);
      return { subscriptionId: made.args.subscriptionId, transactionHash: hash };
    },

    async extend({ subscriptions, subscriptionId, days }) {
      const [planId] = await nodes.ask((node) =>
        node.readContract({
          abi: blockhostSubscriptionsAbi,
          address: known(subscriptions),
          functionName: 'getSubscription',
          args: [subscriptionId],
        }),
      );
      await approve(subscriptions, planId, BigInt(days));
      const { hash } = await wallet.send(
        draftOf(`extend subscription ${subscriptionId} by ${days} days`, {
          to: known(subscriptions),
          data: encodeFunctionData({
            abi: blockhostSubscriptionsAbi,
            functionName: 'extendSubscription',
            args: [subscriptionId, BigInt(days), STABLECOIN],
          }),
        }),
      );
      return { transactionHash: hash };
    },

    transfer: ({ credentials, tokenId, to }) =>
      send(`give credential ${tokenId} to ${to}`, {
        to: known(credentials),
        data: encodeFunctionData({
          abi: accessCredentialNftAbi,
          functionName: 'transferFrom',
          args: [known(key.address), known(to), tokenId],
        }),
      }),

    burn: ({ credentials, tokenId }) =>
      send(`burn credential ${tokenId}`, {
        to: known(credentials),
        data: encodeFunctionData({ abi: accessCredentialNftAbi, functionName: 'burn', args: [tokenId] }),
      }),

    carry: ({ to, data }) => send(`send data to ${to}`, { to: known(to), data: data as Hex }),

    open: async (userData, publicSecret) => userDataCipher.open(await sign(publicSecret), userData),
  };
}
