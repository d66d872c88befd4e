/** A value inside a manifest and its JSON pointer (RFC 6901). */
export interface Located {
  readonly pointer: string;
  readonly key: string;
  readonly value: unknown;
}

/** The value at a JSON pointer, or undefined. Own properties only: `__proto__` is a key like any other. */
export function valueAt(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  let value = document;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

export function textAt(document: unknown, pointer: string): string | undefined {
  const value = valueAt(document, pointer);
  return typeof value === 'string' ? value : undefined;
}

/** The items of a list or the values of an object, free `x-` keys left out; empty for anything else. */
export function childrenAt(document: unknown, pointer: string): Located[] {
  const value = valueAt(document, pointer);
  if (typeof value !== 'object' || value === null) return [];
  const children: Located[] = [];
  for (const [key, child] of Object.entries(value))
    if (!key.startsWith('x-')) children.push({ pointer: childPointer(pointer, key), key, value: child });
  return children;
}

export type LocatedText = Located & { readonly value: string };

/** The strings among the children. */
export function textsAt(document: unknown, pointer: string): LocatedText[] {
  return childrenAt(document, pointer).filter(isText);
}

export function childPointer(pointer: string, key: string): string {
  const escaped = /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
  return `${pointer}/${escaped}`;
}

function isText(child: Located): child is LocatedText {
  return typeof child.value === 'string';
}
