import { accessCredentialNftAbi } from '@blockhost/contracts-evm';
import { BlockhostError, type Hex } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { type Address, concat, decodeFunctionResult, keccak256 } from 'viem';
import { known, parseAddress } from '../../address-codec.js';
import { ChainCommand, dryRun, timeout, type Wallet } from '../../chain-command.js';
import { credentials } from '../../credentials.js';
import { ensureOnChain } from '../../ensure-on-chain.js';
import { knownChain } from '../../known-chains.js';
import { mintedToken } from '../../minted-token.js';
import { requireOwnContract } from '../../owned-contract.js';
import { bodyOf } from '../../transaction-body.js';
import { costOf, requireFunds } from '../../transaction-cost.js';

export default class CredentialMint extends ChainCommand {
  static override summary = 'Mint a credential and print its id';
  static override description = `The id is read from the mined transaction.
A command that was cut off, or ended with exit code 3, is finished by giving it again.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --owner-wallet 0x…',
    '<%= config.bin %> <%= command.id %> --owner-wallet 0x… --user-encrypted 0x… --json',
    '<%= config.bin %> <%= command.id %> --owner-wallet 0x… --dry-run',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'owner-wallet': Flags.string({
      summary: 'address that gets the credential',
      helpValue: 'ADDRESS',
      required: true,
    }),
    'user-encrypted': Flags.string({
      summary: 'connection details, encrypted for the owner: "0x" and an even number of hex digits',
      helpValue: 'HEX',
      default: '0x',
    }),
    'dry-run': dryRun,
    timeout: timeout(120),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CredentialMint);
    const owner = this.argument('--owner-wallet', () => parseAddress(flags['owner-wallet']));
    const userData = this.argument('--user-encrypted', () => parseBytes(flags['user-encrypted']));
    const wallet = await this.wallet();
    const { credentials: contract, nodes, key, engine } = wallet;
    if (contract === null)
      throw new BlockhostError('chain.not-set-up', 'No credential contract is configured.', {
        remedy: 'Set NFT_CONTRACT, or blockchain.nft_contract in web3-defaults.yaml.',
      });
    if (flags['dry-run']) {
      const tokenId = await this.#predict(wallet, contract, owner, userData);
      return this.result({ status: 'predicted', token_id: tokenId, owner }, String(tokenId));
    }

    const minting = credentials(nodes, () => ({ credentials: contract, deployHeight: 0 }));
    const wish = keccak256(concat([contract, owner, userData as Address])).slice(2, 34);
    const name = `${wallet.chainId}-${key.address}-mint-${wish}`;
    const task = await this.task([name]);
    const tokenId = await ensureOnChain(task, {
      name,
      engine,
      key,
      timeoutMs: flags.timeout * 1_000,
      // Nothing to look for: the owner may well have others. But a call of an empty address would succeed.
      look: async () => {
        await requireOwnContract(nodes, contract, key, this.signal);
        return null;
      },
      draft: () => minting.mint(owner, userData),
      read: (settled) => mintedToken(minting, settled),
    }).catch(async (error) => {
      const left = await this.leftPending(task, name, error);
      if (left === null) throw error;
      const { hash } = left.transaction;
      this.result({ status: 'pending', transaction: hash, owner }, hash);
      throw left.error;
    });
    const transaction = (await task.journal.transaction(name))?.hash;
    this.result({ status: 'minted', token_id: tokenId, owner, transaction }, String(tokenId));
    await task.journal.finish();
  }

  /** Calls the mint without sending it: the contract answers the id it would give. */
  async #predict(
    { nodes, key, chainId }: Wallet,
    contract: Address,
    owner: Address,
    userData: Hex,
  ): Promise<bigint> {
    await requireOwnContract(nodes, contract, key, this.signal);
    const draft = credentials(nodes, () => ({ credentials: contract, deployHeight: 0 })).mint(
      owner,
      userData,
    );
    const from = known(key.address);
    const chain = knownChain(chainId);
    return nodes.ask(async (node) => {
      const { total } = await costOf(node, chain, draft, from);
      const balance = await node.getBalance({ address: from });
      requireFunds(from, { balance, needed: total }, chain.symbol, draft.description);
      const { data } = await node.call({ account: from, to: contract, data: bodyOf(draft).data });
      return decodeFunctionResult({
        abi: accessCredentialNftAbi,
        functionName: 'mint',
        data: data ?? '0x',
      });
    }, this.signal);
  }
}

function parseBytes(text: string): Hex {
  if (/^0x([0-9a-f]{2})*$/i.test(text)) return text.toLowerCase();
  throw new BlockhostError('command.usage', 'it is not "0x" and an even number of hex digits.');
}
