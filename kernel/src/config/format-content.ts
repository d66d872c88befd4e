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
      return `${JSON.stringify(sorted(content), null, 2)}\n`;
    case 'yaml':
      return mergeYaml(present ?? '', content);
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
