import { BlockhostError, type Hex } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON, SERVER_KEY } from '@blockhost/kernel/host-files';
import type { AdminHost } from './admin-commands.js';
import { readAdminSettings } from './admin-settings.js';
import { administrator } from './administrator.js';
import { knockRequest } from './knock-request.js';

/** A transaction to be sent by the administrator's wallet. */
export interface SealedOrder {
  readonly from: string;
  readonly to: string;
  readonly data: Hex;
  /** Seconds in which the host must see it. */
  readonly validForSeconds: number;
}

/**
 * Makes what the administrator sends to have `command` carried out; null: the only one there is. Nothing is signed or sent.
 * Throws `admin.off`, `admin.no-such-command` without naming it, `admin.bad-knock`, `chain.unreachable`.
 */
export async function sealOrder(
  { command, parameters }: { readonly command: string | null; readonly parameters: Record<string, unknown> },
  { chain, clock, config }: Pick<AdminHost, 'chain' | 'clock' | 'config'>,
): Promise<SealedOrder> {
  const admin = await readAdminSettings(config, chain);
  if (!admin.on || !chain.adminCommands)
    throw new BlockhostError('admin.off', 'The administrator’s commands are off on this host.', {
      remedy: admin.on ? 'Use a chain that carries them.' : (admin.problem ?? 'Set admin.wallet_address.'),
    });
  const file = await config.find(ADMIN_COMMANDS_JSON);
  if (file === null)
    throw new BlockhostError(
      'admin.no-such-command',
      'There is no admin-commands.json, so no command is known.',
      {
        remedy: 'Write one beside blockhost.yaml; the README tells what stands in it.',
        exitCode: 3,
      },
    );
  const { commands } = file;
  const names = Object.keys(commands);
  const name = command ?? (names.length === 1 ? names[0] : undefined);
  const definition = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (name === undefined || definition === undefined)
    throw new BlockhostError('admin.no-such-command', 'admin-commands.json does not define this command.', {
      remedy: 'Give one of its names, or none when it has only one.',
      exitCode: 3,
    });
  knockRequest(definition, parameters);
  const from = await administrator(admin.settings, chain);
  if (from === null)
    throw new BlockhostError('admin.off', 'The credential of the administrator does not exist.', {
      remedy: 'Correct admin.credential_nft_id in blockhost.yaml, or switch admin.follow_credential off.',
    });
  const { destination, maxCommandAge, sharedKey } = admin.settings;
  const sealed = await chain.adminCommands.seal(
    { command: name, parameters, issuedAt: Math.floor(clock.now() / 1_000) },
    { wallet: from, destination, sharedKey, serverKey: await config.read(SERVER_KEY) },
  );
  return { from, ...sealed, validForSeconds: maxCommandAge };
}
