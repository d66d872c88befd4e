import type { ConfigFile } from '../ports/config.js';
import { mergeYaml } from './merge-yaml.js';

/**
 * The text of a file. JSON has sorted keys and a line feed at its end; YAML keeps the comments and the order of `present`,
 * the text it replaces.
 */
export async function formatContent<T>(
  file: ConfigFile<T>,
  content: T,
  present: string | null,
): Promise<string> {
  switch (file.format) {
    case 'text':
      return `${String(content)}\n`;
    case 'json':
      return `${JSON.stringify(content, sorted, 2)}\n`;
    case 'yaml':
      return mergeYaml(present ?? '', content);
  }
}

/** For `JSON.stringify`: objects with their keys in order. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
