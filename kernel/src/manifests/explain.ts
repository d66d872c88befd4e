import { rules, type SchemaError } from '../../generated/manifest-validators.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childPointer, valueAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** A finding of the schema in words for people; null for what only accompanies another, and for unknown keys. */
export function explain(error: SchemaError, manifest: object): Finding | null {
  const { instancePath: pointer, keyword, params, propertyName: name } = error;
  if (name !== undefined) {
    const rule = keyword === 'pattern' ? ruleOf(params) : 'an allowed name';
    const expected = `the name ${shown(name)} is not ${rule}.`;
    return { pointer: childPointer(pointer, name), found: shown(name), expected };
  }
  const value = valueAt(manifest, pointer);
  const found = shown(value);
  const must = (rule: string): Finding => ({ pointer, found, expected: `must ${rule}.` });
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'if':
    case 'propertyNames':
      return null;
    case 'required':
      return { pointer: childPointer(pointer, String(params.missingProperty)), expected: 'is missing.' };
    case 'type':
      return must(`be ${[params.type].flat().map(typeName).join(' or ')}, but is ${found}`);
    case 'const':
      return must(`be ${shown(params.allowedValue)}, but is ${found}`);
    case 'minimum':
      return must(`be at least ${params.limit}, but is ${found}`);
    case 'maximum':
      return must(`be at most ${params.limit}, but is ${found}`);
    case 'minLength':
      return must('not be empty');
    case 'maxLength':
      return must(`have at most ${params.limit} characters`);
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      return wrongValue({ pointer, value }, `is not one of ${allowed.map(shown).join(', ')}.`, allowed);
    }
    case 'pattern':
      return wrongValue({ pointer, value }, `is not ${ruleOf(params)}.`);
    case 'uniqueItems': {
      const repeated = childPointer(pointer, String(Math.max(Number(params.i), Number(params.j))));
      const twice = { pointer: repeated, value: valueAt(manifest, repeated) };
      return wrongValue(twice, 'stands twice in the list.');
    }
    default:
      return wrongValue({ pointer, value }, `breaks the rule "${keyword}" of the schema.`);
  }
}

function ruleOf(params: SchemaError['params']): string {
  return rules[String(params.pattern)] ?? `of the form ${params.pattern}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  object: 'an object',
  array: 'a list',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

const typeName = (type: unknown) => TYPE_NAMES[String(type)] ?? String(type);
