import { strictJson } from './strict-json.js';

/** What an administrator's transaction says once it is decrypted (engine.md 6.2). */
export interface AdminCommand {
  readonly command: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly nonce: string;
  /** Epoch seconds. */
  readonly timestamp: number;
}

const MOST_COMMAND = 64;
const nonceShape = /^[A-Za-z0-9-]{8,64}$/;

/** null for whatever is no command: the sender may write what it likes. */
export function parseAdminCommand(plaintext: string): AdminCommand | null {
  const message = strictJson(plaintext);
  if (!isObject(message)) return null;
  const { command, params = {}, nonce, timestamp } = message;
  if (typeof command !== 'string' || command.length < 1 || command.length > MOST_COMMAND) return null;
  if (!isObject(params)) return null;
  if (typeof nonce !== 'string' || !nonceShape.test(nonce)) return null;
  if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp < 0) return null;
  return { command, params, nonce, timestamp };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
