import { BlockhostError } from '@blockhost/kernel';
import { LIMITS } from './limits.js';
import { parseStrict } from './strict-json.js';

/** What a caller asks for; its parameters are not yet checked against the action's schema. */
export interface Request {
  readonly action: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Reads the body of a frame. Throws `json.refused` or `request.malformed`. */
export function parseRequest(body: Uint8Array): Request {
  const value = parseStrict(body, LIMITS);
  if (!isObject(value)) throw malformed('is no object');
  const { action, params, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw malformed('has members beside "action" and "params"');
  if (typeof action !== 'string') throw malformed('has no text "action"');
  if (!isObject(params)) throw malformed('has no object "params"');
  return { action, params };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const malformed = (what: string) => new BlockhostError('request.malformed', `It ${what}.`);
