import { accessCredentialNftAbi } from '@blockhost/contracts-evm';
import { type Credentials, type HostContracts, type Mint, unknown } from '@blockhost/kernel';
import { encodeFunctionData, type Hex, parseEventLogs, type TransactionReceipt } from 'viem';
import { known } from './address-codec.js';
import { credentialContract, unless } from './contract-read.js';
import { receiptOf } from './lookup.js';
import { findMints } from './mint-search.js';
import { type Nodes, presence } from './nodes.js';
import { ownersOf } from './owners.js';
import { draftOf } from './transaction-body.js';

/** The contract, and the height below which it has no events. */
type CredentialContract = Pick<HostContracts, 'credentials' | 'deployHeight'>;

/** A mint with a kilobyte of data uses half of it; the rest is for a recipient that is a contract and looks at it. */
const MOST_MINT_GAS = 2_000_000;

export function credentials(nodes: Nodes, contracts: () => CredentialContract): Credentials {
  const call = (description: string, data: Hex, limits: { readonly mostGas?: number } = {}) =>
    draftOf(description, { to: known(contracts().credentials), data, ...limits });

  return {
    get: (tokenId) =>
      presence(() =>
        nodes.find(async (node) => {
          const contract = credentialContract(contracts());
          const owner = await unless(
            ['ERC721NonexistentToken'],
            node.readContract({ ...contract, functionName: 'ownerOf', args: [tokenId] }),
          );
          if (owner === null) return null;
          const userData = await unless(
            ['Token does not exist'],
            node.readContract({ ...contract, functionName: 'getUserEncrypted', args: [tokenId] }),
          );
          return userData === null ? null : { tokenId, owner, userData };
        }),
      ),

    // The contract keeps its counter to itself, but a mint that is only called answers the id it would give.
    nextId: () =>
      presence(() =>
        nodes.ask(async (node) => {
          const contract = credentialContract(contracts());
          const owner = await node.readContract({ ...contract, functionName: 'owner' });
          const call = { ...contract, functionName: 'mint', args: [owner, '0x'], account: owner } as const;
          return (await node.simulateContract(call)).result;
        }),
      ),

    supply: () =>
      presence(() =>
        nodes.ask((node) =>
          node.readContract({ ...credentialContract(contracts()), functionName: 'totalSupply' }),
        ),
      ),

    ownedBy: (owner) =>
      presence(() =>
        nodes.ask(async (node) => {
          // All reads at one block: a token that moves meanwhile must not shift the others past us.
          const at = { ...credentialContract(contracts()), blockNumber: await node.getBlockNumber() };
          const count = await node.readContract({ ...at, functionName: 'balanceOf', args: [known(owner)] });
          const held: bigint[] = [];
          for (let index = 0n; index < count; index += 1n) {
            const token = await unless(
              ['ERC721OutOfBoundsIndex'],
              node.readContract({ ...at, functionName: 'tokenOfOwnerByIndex', args: [known(owner), index] }),
            );
            // One block has one state: a node that tells two is asked again, or another one.
            if (token === null) throw new Error('it answers of two moments as if they were one');
            held.push(token);
          }
          return held;
        }),
      ),

    owners: (tokenIds) =>
      presence(() => nodes.ask((node) => ownersOf(nodes, node, credentialContract(contracts()), tokenIds))),

    findMints: (to, fromHeight) =>
      presence(() => nodes.ask((node) => findMints(nodes, node, contracts(), to, fromHeight))),

    async mintedIn({ hash }) {
      const found = await presence(() => nodes.find((node) => receiptOf(node, hash)));
      if (found.kind === 'absent')
        return unknown('The transaction is not mined yet, as far as the node knows.');
      if (found.kind === 'unknown') return found;
      return presence(async () => mintIn(found.value, contracts()));
    },

    mint: (to, userData) =>
      call(
        `mint a credential for ${to}`,
        encodeFunctionData({
          abi: accessCredentialNftAbi,
          functionName: 'mint',
          args: [known(to), userData as Hex],
        }),
        { mostGas: MOST_MINT_GAS },
      ),

    updateUserData: (tokenId, userData) =>
      call(
        `update the data of credential ${tokenId}`,
        encodeFunctionData({
          abi: accessCredentialNftAbi,
          functionName: 'updateUserEncrypted',
          args: [tokenId, userData as Hex],
        }),
      ),
  };
}

function mintIn(receipt: TransactionReceipt, contracts: CredentialContract): Mint | null {
  const logs = receipt.logs.filter(({ address }) => known(address) === known(contracts.credentials));
  const [minted] = parseEventLogs({ abi: accessCredentialNftAbi, eventName: 'CredentialMinted', logs });
  if (!minted) return null;
  return {
    tokenId: minted.args.tokenId,
    to: minted.args.recipient,
    height: Number(receipt.blockNumber),
    transactionHash: receipt.transactionHash,
  };
}
