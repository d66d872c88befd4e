/** Structural tag of what an entry exports. Recognised by value, never by `instanceof`: packages carry their own copies. */
export interface Tagged<Kind extends string> {
  readonly $type: `blockhost.${Kind}`;
  /** Contract major version. */
  readonly major: number;
}

export function isTagged<Kind extends string>(value: unknown, kind: Kind): value is Tagged<Kind> {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { $type?: unknown }).$type === `blockhost.${kind}`
  );
}
