/** A value inside a manifest and its JSON pointer (RFC 6901). */
export interface Located {
  readonly pointer: string;
  readonly key: string;
  readonly value: unknown;
}

/** The value at a JSON pointer, or undefined. Own properties only: `__proto__` is a key like any other. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
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
  return Object.entries(value)
    .filter(([key]) => !key.startsWith('x-'))
    .map(([key, child]) => ({ pointer: childPointer(pointer, key), key, value: child }));
}

/** The strings among the children. */
export function textsAt(document: unknown, pointer: string): (Located & { readonly value: string })[] {
  return childrenAt(document, pointer).flatMap((child) =>
    typeof child.value === 'string' ? [{ ...child, value: child.value }] : [],
  );
}

export function childPointer(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
