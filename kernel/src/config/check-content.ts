import type { ErrorObject, ValidateFunction } from 'ajv';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { ConfigFile } from '../ports/config.js';

const compiled = new WeakMap<object, ValidateFunction>();

/** `content` when it satisfies the file's schema; throws `config.invalid` with every mistake otherwise. */
export async function checkContent<T>(file: ConfigFile<T>, content: unknown, path: string): Promise<T> {
  if (file.schema === undefined) return content as T;
  const validate = compiled.get(file.schema) ?? (await compile(file.schema));
  compiled.set(file.schema, validate);
  if (validate(content)) return content as T;
  const mistakes = (validate.errors ?? []).map((mistake) => sentence(mistake, content));
  throw new BlockhostError('config.invalid', `${path} is not as expected: ${mistakes.join('; ')}.`, {
    remedy: 'Correct these values; unknown keys do no harm.',
  });
}

async function compile(schema: object): Promise<ValidateFunction> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020({ allErrors: true, strict: false, allowUnionTypes: true }).compile(schema);
}

/** Pointer, what was found and what was expected. Values are named by kind only: a file may hold a secret. */
function sentence(
  { instancePath, keyword, params, message, parentSchema }: ErrorObject,
  content: unknown,
): string {
  const place = instancePath === '' ? 'the file' : instancePath;
  if (keyword === 'required') return `${place} lacks "${params.missingProperty}"`;
  const found = kindOf(valueAt(content, instancePath));
  const described = (parentSchema as { description?: string } | undefined)?.description;
  return `${place} is ${found}, expected ${described ?? message ?? keyword}`;
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
