import type { ErrorObject, ValidateFunction } from 'ajv';

/** One mistake of a value: where (JSON pointer, RFC 6901; empty for the whole) and what, as `is X, expected Y`. */
export interface SchemaProblem {
  readonly pointer: string;
  readonly problem: string;
}

const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Every way in which `content` breaks a JSON Schema (2020-12), in one pass. Values are named by kind only: they may be
 * secrets. The schema is compiled once per object.
 */
export async function schemaProblems(schema: object, content: unknown): Promise<SchemaProblem[]> {
  const validate = compiled.get(schema) ?? (await compile(schema));
  compiled.set(schema, validate);
  if (validate(content)) return [];
  return (validate.errors ?? []).map((mistake) => ({
    pointer: mistake.instancePath,
    problem: problemOf(mistake, content),
  }));
}

async function compile(schema: object): Promise<ValidateFunction> {
  const { Ajv2020 } = await import('./ajv.js');
  // Schemas are part of packages: checking one against the schema of schemas takes ten times as long as compiling it.
  return new Ajv2020({
    allErrors: true,
    strict: false,
    allowUnionTypes: true,
    validateSchema: false,
  }).compile(schema);
}

function problemOf(
  { keyword, params, message, parentSchema, instancePath }: ErrorObject,
  content: unknown,
): string {
  if (keyword === 'required') return `lacks "${params.missingProperty}"`;
  if (keyword === 'additionalProperties') return `has the unknown key "${params.additionalProperty}"`;
  const found = kindOf(valueAt(content, instancePath));
  const described = (parentSchema as { description?: string } | undefined)?.description;
  return `is ${found}, expected ${described ?? message ?? keyword}`;
}

function valueAt(content: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined,
      content,
    );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'empty text' : `text of ${value.length} characters`;
  if (value === undefined) return 'nothing';
  return `${typeof value} ${String(value)}`;
}
