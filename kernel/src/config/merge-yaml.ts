import type { Document, YAMLMap } from 'yaml';

/**
 * The YAML text of `content`, as a change of `present`: comments, order and layout stay where the content does.
 */
export async function mergeYaml(present: string, content: unknown): Promise<string> {
  const { parseDocument, isMap, isCollection, isScalar } = await import('./yaml.js');
  const document = parseDocument(present, { keepSourceTokens: false });

  const merge = (map: YAMLMap, members: Readonly<Record<string, unknown>>): void => {
    for (const key of keysOf(map)) if (!Object.hasOwn(members, key)) map.delete(key);
    for (const [key, value] of Object.entries(members)) {
      if (value === undefined) continue;
      const node = map.get(key, true) as unknown;
      if (isMap(node) && isRecord(value)) merge(node, value);
      else if (isScalar(node) && !isCollection(value) && !isRecord(value) && !Array.isArray(value))
        node.value = value;
      else if (isCollection(node) && same(node.toJSON(), value)) continue;
      else map.set(key, document.createNode(value));
    }
  };

  if (isMap(document.contents) && isRecord(content)) merge(document.contents, content);
  else replaceContents(document, content);
  return document.toString({ lineWidth: 0 });
}

function replaceContents(document: Document, content: unknown): void {
  document.contents = document.createNode(content);
}

function keysOf(map: YAMLMap): string[] {
  return Object.keys(map.toJSON() as object);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
