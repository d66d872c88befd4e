/** Mode of a file that root writes and the service reads (specification host.md 1.3). */
export const SERVICE_FILE = 0o640;

export const text = { type: 'string', minLength: 1 };

export const integer = (minimum: number, maximum?: number) => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});

export const list = (items: object) => ({ type: 'array', items });

/** An object whose member names are data. */
export const map = (additionalProperties: object) => ({ type: 'object', additionalProperties });

/** An object with these members; members it does not name are allowed and kept. */
export const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
});
