import { BlockhostError, CHAIN_CODEC, type ChainCodec, sentenceOf } from '@blockhost/kernel';
import { BlockhostCommand } from '@blockhost/kernel/command';
import { decodeHex } from '@blockhost/kernel/crypto';
import { readBounded } from './read-bounded.js';

/** Options of a flag whose value is the text itself, `@file`, or `-` for standard input. */
export const fromAnywhere = {
  helpValue: 'TEXT|@FILE|-',
  description: 'The text itself, @FILE for what FILE holds, or - for standard input.',
};

/** Options of a flag that names the file of a private key. */
export const keyFile = {
  summary: 'file that holds the private key; - for standard input',
  helpValue: 'FILE',
};

/** What the subcommands of `nft_tool` share: where values come from, and what makes one a usage error. */
export abstract class NftToolCommand extends BlockhostCommand {
  #standardInputOf: string | null = null;

  protected codec(): Promise<ChainCodec> {
    return this.get(CHAIN_CODEC);
  }

  /** The value of a flag that holds no secret. Of what comes from elsewhere, white space around it is ignored. */
  protected async hex<T extends string>(flag: string, given: string): Promise<T> {
    const text = (await this.#value(flag, given)).trim();
    try {
      decodeHex(text);
    } catch (cause) {
      throw misused(flag, sentenceOf(cause));
    }
    return text as T;
  }

  /** The value of a flag that nobody else may see; the exact text. */
  protected async secret(flag: string, given: string): Promise<string> {
    if (!isElsewhere(given))
      this.progress(
        `warning: every user of this machine can see --${flag} in the list of processes; give it as @FILE or - instead`,
      );
    return await this.#value(flag, given);
  }

  protected async signature(codec: ChainCodec, given: string): Promise<string> {
    const text = (await this.secret('signature', given)).trim();
    if (codec.messages.isSignature(text)) return text;
    throw misused('signature', 'This is not a message signature of the chain of this host.');
  }

  /** A private key, from the flag that holds it or from that which names its file. */
  protected async privateKey<T>(
    source: { readonly flag: string; readonly given: string | undefined; readonly file: string | undefined },
    parse: (text: string) => T,
  ): Promise<T> {
    const { flag, given, file } = source;
    const from = given === undefined ? `${flag}-file` : flag;
    const text =
      given === undefined ? await this.#value(from, atFile(file ?? '')) : await this.secret(flag, given);
    try {
      return parse(text);
    } catch (cause) {
      throw misused(from, sentenceOf(cause));
    }
  }

  async #value(flag: string, given: string): Promise<string> {
    if (!isElsewhere(given)) return given;
    if (given === '-') {
      if (this.#standardInputOf !== null)
        throw misused(flag, `Standard input is --${this.#standardInputOf} already.`);
      this.#standardInputOf = flag;
    }
    try {
      return await readBounded(given === '-' ? process.stdin : given.slice(1));
    } catch (cause) {
      throw misused(flag, `${given === '-' ? 'Standard input' : given.slice(1)}: ${sentenceOf(cause)}`);
    }
  }
}

const isElsewhere = (given: string) => given === '-' || given.startsWith('@');

const atFile = (file: string) => (isElsewhere(file) ? file : `@${file}`);

function misused(flag: string, problem: string): BlockhostError {
  return new BlockhostError('nft-tool.bad-value', `--${flag}: ${problem}`, {
    remedy: 'Give the text itself, @FILE for what a file holds, or - for standard input.',
    exitCode: 2,
  });
}
