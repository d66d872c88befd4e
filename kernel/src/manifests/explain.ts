import { rules, type SchemaError } from '../../generated/manifest-validators.js';
import { nearest } from './nearest.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childPointer, valueAt } from './value-at.js';

/** A finding of the schema in words for people; null for what only accompanies another, and for unknown keys. */
export function explain(error: SchemaError, manifest: object): Finding | null {
  const { instancePath: pointer, keyword, params } = error;
  if (error.propertyName !== undefined) return explainName(error, error.propertyName);
  const value = valueAt(manifest, pointer);
  const found = shown(value);
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'if':
    case 'propertyNames':
      return null;
    case 'required':
      return { pointer: childPointer(pointer, String(params.missingProperty)), expected: 'is missing.' };
    case 'type':
      return { pointer, found, expected: `must be ${typeName(params.type)}, but is ${found}.` };
    case 'const':
      return { pointer, found, expected: `must be ${shown(params.allowedValue)}, but is ${found}.` };
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const near = typeof value === 'string' ? nearest(value, allowed) : undefined;
      const expected = `${found} is not one of ${allowed.map(shown).join(', ')}.`;
      return { pointer, found, expected, ...(near !== undefined && { nearest: near }) };
    }
    case 'pattern':
      return { pointer, found, expected: `${found} is not ${ruleOf(params)}.` };
    case 'minimum':
      return { pointer, found, expected: `must be at least ${params.limit}, but is ${found}.` };
    case 'maximum':
      return { pointer, found, expected: `must be at most ${params.limit}, but is ${found}.` };
    case 'minLength':
      return { pointer, found, expected: 'must not be empty.' };
    case 'maxLength':
      return { pointer, found, expected: `must have at most ${params.limit} characters.` };
    case 'uniqueItems': {
      const repeated = childPointer(pointer, String(Math.max(Number(params.i), Number(params.j))));
      const twice = shown(valueAt(manifest, repeated));
      return { pointer: repeated, found: twice, expected: `${twice} stands twice in the list.` };
    }
    default:
      return { pointer, found, expected: `${found} breaks the rule "${keyword}" of the schema.` };
  }
}

function explainName({ instancePath, keyword, params }: SchemaError, name: string): Finding {
  const rule = keyword === 'pattern' ? ruleOf(params) : 'an allowed name';
  return {
    pointer: childPointer(instancePath, name),
    found: shown(name),
    expected: `the name ${shown(name)} is not ${rule}.`,
  };
}

function ruleOf(params: SchemaError['params']): string {
  return rules[String(params.pattern)] ?? `of the form ${params.pattern}`;
}

function typeName(type: unknown): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a string',
    object: 'an object',
    array: 'a list',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  };
  return [type]
    .flat()
    .map((name) => names[String(name)] ?? String(name))
    .join(' or ');
}
