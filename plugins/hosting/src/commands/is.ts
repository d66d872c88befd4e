import {
  type Address,
  BlockhostError,
  CHAIN_CODEC,
  CHAIN_ENGINE,
  type ChainCodec,
  CONFIG,
  isBlockhostError,
  sentenceOf,
} from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { readPublicSecret } from '../settings.js';
import { answered } from '../wallets/answered.js';
import { isTokenId } from '../wallets/credential-owner.js';
import { argument, usage } from '../wallets/usage.js';

type Question =
  | { readonly about: 'owner'; readonly wallet: Address; readonly tokenId: bigint }
  | { readonly about: 'contract'; readonly address: Address }
  | { readonly about: 'signer'; readonly wallet: Address; readonly signature: string };

export default class Is extends BlockhostCommand {
  static override summary = 'Answer a question by the exit code';
  static override description =
    `Does a wallet own a credential, is there a contract at an address, did a wallet sign the public secret of this host?
The two words may stand in any order. Ends with 0 for yes, 1 for no, 2 when it cannot be told; prints nothing on stdout.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0x… 7',
    '<%= config.bin %> <%= command.id %> contract 0x…',
    '<%= config.bin %> <%= command.id %> SIGNATURE 0x…',
  ];
  static override bareIsUsageError = true;
  static override usage = '<%= command.id %> WALLET ID | contract ADDRESS | SIGNATURE WALLET';
  static override args = {
    first: Args.string({ name: 'WALLET', description: 'wallet, "contract" or signature', required: true }),
    second: Args.string({ name: 'ID', description: 'id of a credential, address or wallet', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Is);
    let yes: boolean;
    try {
      yes = await this.#answer(await questionOf([args.first, args.second], await this.get(CHAIN_CODEC)));
    } catch (error) {
      throw undetermined(error);
    }
    if (!yes) this.exit(1);
  }

  async #answer(question: Question): Promise<boolean> {
    switch (question.about) {
      case 'signer': {
        const { addresses, messages } = await this.get(CHAIN_CODEC);
        const publicSecret = await readPublicSecret(await this.get(CONFIG));
        const signer = await messages.recover(publicSecret, question.signature);
        return signer !== null && addresses.same(signer, question.wallet);
      }
      case 'contract': {
        const { accounts } = await this.get(CHAIN_ENGINE);
        return answered(await accounts.isContract(question.address), `The account ${question.address}`);
      }
      case 'owner': {
        const { addresses, credentials } = await this.get(CHAIN_ENGINE);
        const what = `The owner of credential ${question.tokenId}`;
        const [owner] = answered(await credentials.owners([question.tokenId]), what);
        return typeof owner === 'string' && addresses.same(owner, question.wallet);
      }
    }
  }
}

/** What two words ask, told apart by their form. */
async function questionOf(words: readonly string[], codec: ChainCodec): Promise<Question> {
  const kinds = [isTokenId, codec.messages.isSignature, (word: string) => word === 'contract'];
  for (const [first = '', second = ''] of [words, [...words].reverse()]) {
    const kind = kinds.findIndex((is) => is(first));
    if (kind === -1) continue;
    const address = await argument(`"${second.slice(0, 80)}"`, () => codec.addresses.parse(second));
    if (kind === 0) return { about: 'owner', wallet: address, tokenId: BigInt(first) };
    if (kind === 1) return { about: 'signer', wallet: address, signature: first };
    return { about: 'contract', address };
  }
  throw usage('One of the two words must be the id of a credential, a signature, or "contract".');
}

/** Exit code 1 means no: whatever goes wrong, an interruption included, is 2. */
function undetermined(error: unknown): BlockhostError {
  const { code, facts, remedy } = isBlockhostError(error)
    ? error
    : new BlockhostError('command.undetermined', sentenceOf(error));
  return new BlockhostError(code, sentenceOf(error), {
    facts: facts ?? {},
    exitCode: 2,
    ...(remedy === undefined ? {} : { remedy }),
    ...(error instanceof Error && error.cause !== undefined ? { cause: error.cause } : {}),
  });
}
