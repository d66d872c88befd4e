import { BlockhostError } from '../errors/blockhost-error.js';
import { jsonMistake } from '../manifests/json-mistake.js';
import type { ConfigFile } from '../ports/config.js';

/** Parses a file's text by its format. Text files lose the line feed at their end. Throws `config.invalid`. */
export async function parseContent<T>(file: ConfigFile<T>, text: string, path: string): Promise<unknown> {
  try {
    switch (file.format) {
      case 'text':
        return text.replace(/\r?\n$/, '');
      case 'json':
        return JSON.parse(text, dropPrototype);
      case 'yaml': {
        const { parse } = await import('./yaml.js');
        // Its warnings would print lines of the file, past every log.
        return parse(text, dropPrototype, { maxAliasCount: 100, logLevel: 'error' }) ?? {};
      }
    }
  } catch (cause) {
    throw new BlockhostError('config.invalid', `${path} is not valid ${file.format.toUpperCase()}.`, {
      cause: withoutExcerpt(cause, text),
      remedy: 'Repair the file by hand, or restore it from a backup.',
    });
  }
}

/** A key `__proto__` would become the prototype of whatever the content is copied into. */
function dropPrototype(key: unknown, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

/** Parsers quote the text around a mistake, and that may be a secret: only its kind and place go on. */
function withoutExcerpt(cause: unknown, text: string): Error {
  if (cause instanceof Error && 'linePos' in cause && Array.isArray(cause.linePos)) {
    const { line, col } = cause.linePos[0] as { line: number; col: number };
    // `BAD_INDENT` of the parser: its sentences quote the file.
    const mistake = 'code' in cause ? String(cause.code).toLowerCase().replaceAll('_', ' ') : 'mistake';
    return syntax(`${mistake} at line ${line}, column ${col}`);
  }
  return syntax(jsonMistake(text) ?? 'it cannot be parsed');
}

const syntax = (sentence: string) => new BlockhostError('config.syntax', sentence);
