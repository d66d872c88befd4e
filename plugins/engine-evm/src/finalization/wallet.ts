import { join } from 'node:path';
import {
  BlockhostError,
  type FinalizationStep,
  hasCode,
  type StepContext,
  writeFileAtomic,
} from '@blockhost/kernel';
import { DEPLOYER_KEY } from '@blockhost/kernel/host-files';
import { messageSigning } from '../message-signature.js';
import { keyCodec, parseKey } from '../signing-key.js';
import { administrator, answersOf } from './answers.js';

/** Stores the wallet that pays for transactions and owns the contracts. */
export const wallet: FinalizationStep = {
  id: 'wallet',
  label: "Store the deployer's wallet",
  secrets: ['deployer_key', 'admin.signature'],
  async run(context) {
    // Before the first coin is spent: with another signature nobody could ever read the administrator's credential.
    await checkAdministrator(context);
    const { config } = context;
    const present = await config.find(DEPLOYER_KEY);
    const given = givenKey(context);
    const text = given ?? present ?? keyCodec.generate().text.trim();
    const { address } = parseKey(text);
    if (present === null || parseKey(present).address !== address) {
      if (present !== null) await backUp(context, present);
      await config.write(DEPLOYER_KEY, text.trim().replace(/^0x/, ''));
    }
    return { status: 'completed', data: { address } };
  },
};

function givenKey(context: StepContext): string | null {
  try {
    return context.secret('deployer_key');
  } catch (error) {
    if (answersOf(context).wallet_mode === 'generate' && hasCode(error, 'setup.needs-input')) return null;
    throw error;
  }
}

async function checkAdministrator(context: StepContext): Promise<void> {
  const { wallet: expected, publicSecret } = administrator(context);
  const signer = await messageSigning.recover(publicSecret, context.secret('admin.signature'));
  if (signer === expected) return;
  throw new BlockhostError(
    'setup.wrong-signature',
    signer === null
      ? "The administrator's signature is not a message signature of this chain."
      : `The administrator's signature was made by ${signer}, not by ${expected}.`,
    {
      remedy: `Sign the text "${publicSecret}" with the administrator's wallet and give that as admin.signature.`,
    },
  );
}

/** A key that may own contracts or coins is never lost by being replaced. */
async function backUp({ paths, log }: StepContext, text: string): Promise<void> {
  const name = `${DEPLOYER_KEY.name}.bak-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  await writeFileAtomic(join(paths.config, name), `${text}\n`, DEPLOYER_KEY.mode);
  log.warn('another deployer key was kept as a backup', { file: name });
}
