import type { ErrorObject, ValidateFunction } from 'ajv';
import { nearest } from '../manifests/nearest.js';
import { textAt, valueAt } from '../manifests/value-at.js';

/** One mistake of a value: where (JSON pointer, RFC 6901; empty for the whole) and what, as `is X, expected Y`. */
export interface SchemaProblem {
  readonly pointer: string;
  readonly problem: string;
}

const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Every way in which `content` breaks a JSON Schema (2020-12), in one pass. Values are named by kind only: they may be
 * secrets. `rule` beside a `pattern` says in words what is expected. The schema is compiled once per object.
 */
export async function schemaProblems(schema: object, content: unknown): Promise<SchemaProblem[]> {
  const validate = compiled.get(schema) ?? (await compile(schema));
  compiled.set(schema, validate);
  if (validate(content)) return [];
  return (validate.errors ?? []).map((mistake) => ({
    pointer: mistake.instancePath,
    problem: problemOf(mistake, schema, content),
  }));
}

/** Schemas are part of packages: checking one against the schema of schemas takes ten times as long as compiling it. */
export const AJV_OPTIONS = { allErrors: true, strict: false, allowUnionTypes: true, validateSchema: false };

async function compile(schema: object): Promise<ValidateFunction> {
  const { hostFileValidators } = await import('../../generated/host-file-validators.js');
  const ahead = hostFileValidators[JSON.stringify(schema)];
  if (ahead) return ahead;
  const { Ajv2020 } = await import('./ajv.js');
  return new Ajv2020(AJV_OPTIONS).compile(schema);
}

function problemOf(mistake: ErrorObject, schema: object, content: unknown): string {
  const { keyword, params, message, instancePath, schemaPath } = mistake;
  if (keyword === 'required') return `lacks "${params.missingProperty}"`;
  if (keyword === 'additionalProperties') {
    const unknown: string = params.additionalProperty;
    const near = nearest(unknown, knownKeys(schema, schemaPath));
    return `has the unknown key "${unknown}"${near === undefined ? '' : `. Did you mean "${near}"?`}`;
  }
  const expected =
    keyword === 'enum'
      ? `one of ${(params.allowedValues as unknown[]).join(', ')}`
      : // A pattern may say in words what it stands for.
        (keyword === 'pattern' && textAt(schema, schemaPath.slice(1).replace(/[^/]+$/, 'rule'))) ||
        ruleOf(message ?? keyword);
  return `is ${kindOf(valueAt(content, instancePath))}, expected ${expected}`;
}

/** Ajv's `must be integer`, `must NOT have fewer than 8 characters`, as they read after "expected". */
function ruleOf(message: string): string {
  return message
    .replace(/^must be /, '')
    .replace(/^must NOT /, 'not to ')
    .replace(/^must /, 'to ');
}

/** Keys that stand beside the rule at `schemaPath` (`#/properties/x/additionalProperties`). */
function knownKeys(schema: object, schemaPath: string): string[] {
  const properties = valueAt(schema, schemaPath.slice(1).replace(/[^/]+$/, 'properties'));
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'empty text' : `text of ${value.length} characters`;
  if (value === undefined) return 'nothing';
  return `${typeof value} ${String(value)}`;
}
