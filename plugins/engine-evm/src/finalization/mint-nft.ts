import { hostname } from 'node:os';
import {
  BlockhostError,
  type ChainEngine,
  type Credential,
  type FinalizationStep,
  hasCode,
  type StepContext,
  VM_STORE,
} from '@blockhost/kernel';
import { BLOCKHOST_YAML, HTTPS_JSON } from '@blockhost/kernel/host-files';
import type { Address } from 'viem';
import { ensureOnChain } from '../ensure-on-chain.js';
import { known } from '../known.js';
import { mintedToken } from '../minted-token.js';
import { userDataCipher } from '../user-data-cipher.js';
import { administrator, answersOf } from './answers.js';
import { configuredEngine, deployer } from './host.js';

/** Gives the administrator the credential that stands for this host, and records its id (engine.md 8.5). */
export const mintNft: FinalizationStep = {
  id: 'mint_nft',
  label: "Mint the administrator's credential",
  timeoutMs: 720_000,
  secrets: ['admin.signature'],
  async run(context) {
    const engine = await configuredEngine(context);
    const key = await deployer(context);
    const { wallet } = administrator(context);
    const signature = context.secret('admin.signature');
    const details = await loginDetails(context);
    const sealed = () => userDataCipher.seal(signature, details);

    const tokenId = await ensureOnChain(context, {
      name: 'mint',
      engine,
      key,
      look: () => present(context, engine, wallet),
      draft: () => engine.credentials.mint(wallet, sealed()),
      read: (settled) => mintedToken(engine.credentials, settled),
    });
    // The id first: whatever fails from here on, the next run knows which credential is meant.
    await context.config.update(BLOCKHOST_YAML, (yaml) => ({
      ...yaml,
      admin: { ...yaml?.admin, credential_nft_id: Number(tokenId) },
    }));
    await ensureOnChain(context, {
      name: 'details',
      engine,
      key,
      look: async () => {
        const credential = known('The credential', await engine.credentials.get(tokenId));
        return credential && holds(credential, signature, details) ? true : null;
      },
      draft: () => engine.credentials.updateUserData(tokenId, sealed()),
      read: async () => true,
    });
    // Done: a later run looks at the credential itself, whose details may have to change again.
    await context.journal.put('details', null);
    return { status: 'completed', data: { token_id: String(tokenId), owner: wallet } };
  },
};

/** The credential that the answers name, the recorded one, or the only one the administrator has. */
async function present(context: StepContext, engine: ChainEngine, wallet: Address): Promise<bigint | null> {
  const owns = async (id: number) =>
    known('The credential', await engine.credentials.get(BigInt(id)))?.owner === wallet;
  const chosen = answersOf(context).admin_credential_id;
  if (chosen !== undefined) {
    if (await owns(chosen)) return BigInt(chosen);
    throw new BlockhostError('setup.foreign-credential', `Credential ${chosen} is not the administrator's.`, {
      remedy: `Correct blockchain.admin_credential_id: it must belong to ${wallet}.`,
    });
  }
  const recorded = (await context.config.find(BLOCKHOST_YAML))?.admin?.credential_nft_id;
  if (recorded !== undefined && (await owns(recorded))) return BigInt(recorded);

  const ofVms = await credentialsOfVms(context);
  const all = known("The administrator's credentials", await engine.credentials.ownedBy(wallet)) ?? [];
  const owned = all.filter((id) => !ofVms.has(String(id)));
  const [only, ...others] = owned;
  if (others.length > 0)
    throw new BlockhostError(
      'setup.several-credentials',
      `The administrator ${wallet} has several credentials of this contract: ${owned.join(', ')}.`,
      { remedy: 'Name the one that stands for this host as blockchain.admin_credential_id.' },
    );
  return only ?? null;
}

/** Credentials that stand for VMs: an administrator may be a customer too. Empty on a host that keeps no VMs. */
async function credentialsOfVms(context: StepContext): Promise<ReadonlySet<string>> {
  try {
    const tokens = await (await context.get(VM_STORE)).tokens();
    return new Set(tokens.filter(({ status }) => status === 'minted').map(({ tokenId }) => tokenId));
  } catch (error) {
    if (hasCode(error, 'port.not-provided')) return new Set();
    throw error;
  }
}

/** Written in this order and without spaces (crypto.md 3). */
async function loginDetails({ config }: StepContext): Promise<string> {
  const https = await config.find(HTTPS_JSON);
  return JSON.stringify({
    hostname: https?.ipv6_address || https?.hostname || hostname(),
    port: 22,
    username: 'admin',
  });
}

function holds({ userData }: Credential, signature: string, details: string): boolean {
  try {
    return userDataCipher.open(signature, userData) === details;
  } catch {
    return false;
  }
}
