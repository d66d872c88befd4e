import type { ConfigFile } from '../ports/config.js';
import { SERVICE_FILE } from './schema-words.js';

/** 64 hex digits without prefix: the host's own key pair for encryption (specification host.md 1.3). */
export const SERVER_KEY = keyFile('server.key', {
  pattern: '^[0-9a-fA-F]{64}$',
  description: '64 hex digits without prefix',
});

/** The public half: `0x04` and 128 hex digits; read without the `0x` as well. */
export const SERVER_PUBKEY: ConfigFile<string> = {
  ...keyFile('server.pubkey', {
    pattern: '^(0x)?04[0-9a-fA-F]{128}$',
    description: '0x04 followed by 128 hex digits',
  }),
  mode: 0o644,
};

/** The wallet that deploys and mints; its form is the engine's. */
export const DEPLOYER_KEY = keyFile('deployer.key');

/** What the administrator signed at set-up; its form is the engine's. */
export const ADMIN_SIGNATURE_KEY = keyFile('admin-signature.key');

/** A wallet's key file `<name>.key`, in the engine's form. */
export function walletKey(name: string): ConfigFile<string> {
  return keyFile(`${name}.key`);
}

function keyFile(
  name: string,
  { pattern = '^[^\\r\\n]+$', description = 'one line of text' } = {},
): ConfigFile<string> {
  return { name, format: 'text', mode: SERVICE_FILE, schema: { type: 'string', pattern, description } };
}
