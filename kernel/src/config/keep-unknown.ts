interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly additionalProperties?: boolean | object;
}

/**
 * `content` plus the members of `present` that `schema` does not know: a file written anew keeps what a newer version or
 * an operator added (specification host.md 1.8, point 6). Where a schema describes all members (a map), none is unknown.
 */
export function keepUnknown<T>(schema: object | undefined, present: unknown, content: T): T {
  if (!isRecord(present) || !isRecord(content)) return content;
  const { properties, additionalProperties = true } = (schema ?? {}) as ObjectSchema;
  if (properties === undefined || typeof additionalProperties === 'object') return content;
  const kept: Record<string, unknown> = { ...content };
  for (const [key, value] of Object.entries(present)) {
    if (!Object.hasOwn(properties, key)) {
      if (!Object.hasOwn(content, key)) kept[key] = value;
    } else if (Object.hasOwn(content, key)) kept[key] = keepUnknown(properties[key], value, content[key]);
  }
  return kept as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
