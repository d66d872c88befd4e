import type { BlockhostYaml, Web3DefaultsYaml } from '../host-files/host-files.js';
import { definePort, portToken } from './token.js';

/** What a signup page must know of the chain. An engine offers it beside its `chain-engine` port (engine.md 7). */
export interface SignupPage {
  /** Throws `signup.invalid` naming every key that is missing or malformed. No network is asked. */
  facts(files: {
    readonly blockhost: BlockhostYaml;
    readonly web3Defaults: Web3DefaultsYaml;
  }): Promise<SignupFacts>;
}

export interface SignupFacts {
  /** Placeholder of the template → value; null where the host has none. `RPC_URL`, `NFT_CONTRACT`, … */
  readonly placeholders: Readonly<Record<string, string | number | null>>;
  /** Members of the page's `CONFIG`: `rpcUrl`, `nftContract`, … */
  readonly config: Readonly<Record<string, string | number>>;
  /** Origins the page talks to, for its content security policy. */
  readonly connect: readonly string[];
}

export const SIGNUP_PAGE = portToken<SignupPage>('signup-page', 1);

export const signupPagePort = definePort<SignupPage>({
  name: 'signup-page',
  major: 1,
  token: SIGNUP_PAGE,
  core: ['facts'],
  capabilities: {},
  answers: {},
});
