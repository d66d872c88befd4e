import {
  type Address,
  type AdminEnvelope,
  type ChainEngine,
  type ChainEngineCapabilities,
  type HostConfig,
  sentenceOf,
} from '@blockhost/kernel';
import { BLOCKHOST_YAML, type BlockhostYaml, SERVER_KEY } from '@blockhost/kernel/host-files';

/** Who may order by transaction, and how (engine.md 6.1). */
export interface AdminSettings {
  readonly mode: 'any' | 'self' | 'server' | 'null';
  readonly wallet: Address;
  /** Id of the credential whose present owner orders in place of `wallet`; null: the wallet does. */
  readonly credential: bigint | null;
  /** Seconds. */
  readonly maxCommandAge: number;
  readonly destination: AdminEnvelope['destination'];
  readonly sharedKey: string | null;
}

/** Off with a `problem` is a mistake that an operator mends; without one the feature was not asked for. */
export type AdminSwitch =
  | { readonly on: true; readonly settings: AdminSettings }
  | { readonly on: false; readonly problem: string | null };

const off = (problem: string | null): AdminSwitch => ({ on: false, problem });

/** Judges `admin` of blockhost.yaml; nothing in it keeps anybody else from reading the file. */
export async function readAdminSettings(
  config: HostConfig,
  chain: ChainEngine & Partial<ChainEngineCapabilities>,
): Promise<AdminSwitch> {
  const { admin = {} } = (await config.find(BLOCKHOST_YAML)) ?? {};
  if (admin.wallet_address === undefined) return off(null);
  if (!chain.adminCommands) return off(`${chain.chain.displayName} carries no commands.`);
  const sharedKey = admin.shared_key ?? null;
  if (sharedKey !== null && !/^[0-9a-fA-F]{64}$/.test(sharedKey))
    return off('admin.shared_key of blockhost.yaml is not 64 hex digits.');
  try {
    const mode = modeOf(admin.destination_mode);
    if (mode === null)
      return off(
        `admin.destination_mode of blockhost.yaml is ${JSON.stringify(admin.destination_mode)}; it must be any, self, server, null or external.`,
      );
    const wallet = chain.addresses.parse(admin.wallet_address);
    return {
      on: true,
      settings: {
        mode,
        wallet,
        credential: admin.follow_credential ? BigInt(admin.credential_nft_id ?? 0) : null,
        maxCommandAge: admin.max_command_age ?? 300,
        destination: await destinationOf(mode, admin, config, chain, chain.adminCommands.nobody),
        sharedKey,
      },
    };
  } catch (error) {
    return off(`admin of blockhost.yaml cannot be used: ${sentenceOf(error)}`);
  }
}

/** Missing is `self`; the wizard's `external` means anywhere (engine.md C25). */
function modeOf(text = 'self'): AdminSettings['mode'] | null {
  const modes = { any: 'any', external: 'any', self: 'self', server: 'server', null: 'null' } as const;
  return Object.hasOwn(modes, text) ? modes[text as keyof typeof modes] : null;
}

async function destinationOf(
  mode: AdminSettings['mode'],
  { destination_address }: NonNullable<BlockhostYaml['admin']>,
  config: HostConfig,
  { addresses, keys }: ChainEngine,
  nobody: Address,
): Promise<AdminEnvelope['destination']> {
  switch (mode) {
    case 'any':
    case 'self':
      return mode;
    case 'server':
      return { address: keys.parse(await config.read(SERVER_KEY)).address };
    case 'null':
      return { address: destination_address === undefined ? nobody : addresses.parse(destination_address) };
  }
}
