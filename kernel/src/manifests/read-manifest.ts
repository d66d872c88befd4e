import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { sentenceOf } from '../errors/blockhost-error.js';
import { jsonMistake } from './json-mistake.js';
import { printable, shown } from './printable.js';

/** An object as its file says it, or one sentence on why there is none. */
export type ReadManifest = { readonly value: object; readonly text: string } | { readonly problem: string };

const LIMIT_BYTES = 1024 * 1024;

/** Reads one manifest; null when there is no such file. Never throws. */
export function readManifest(file: string): ReadManifest | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readRegularFile(file));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return danglingLink(file);
    if (error instanceof Refused) return { problem: error.message };
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { problem: 'is not UTF-8 text.' };
    return { problem: `cannot be read: ${sentenceOf(error)}.` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `is not JSON: ${printable(jsonMistake(text) ?? '')}.` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value, text };
  return { problem: `holds ${shown(value)}; expected an object.` };
}

class Refused extends Error {}

function readRegularFile(file: string): Buffer {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Refused('is not a regular file.');
    if (stat.size > LIMIT_BYTES)
      throw new Refused(`has ${stat.size.toLocaleString('en')} bytes; a manifest has at most 1 MiB.`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function danglingLink(file: string): ReadManifest | null {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return null;
  return { problem: `is a link to ${printable(readlinkSync(file))}, which does not exist.` };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
