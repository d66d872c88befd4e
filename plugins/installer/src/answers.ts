import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BlockhostError, schemaProblems } from '@blockhost/kernel';
import type { Secrets } from './vault.js';

/** One section of the answers: who asks for it and what it must look like. */
export interface Section {
  /** Session key: the section's name in the file. */
  readonly key: string;
  /** Plugin that owns it; `installer` for the administrator's own. */
  readonly owner: string;
  /** JSON Schema (2020-12); `writeOnly` marks secrets, `default` fills in. */
  readonly schema: SectionSchema;
}

export interface SectionSchema {
  readonly properties?: Readonly<
    Record<string, { readonly writeOnly?: boolean; readonly default?: unknown }>
  >;
}

export interface Answers {
  readonly sections: Record<string, Record<string, unknown>>;
  readonly secrets: Secrets;
  /** Changes when any answer changes. */
  readonly hash: string;
}

/** What the active engine's manifest says of addresses; nothing known leaves them unchecked until its own steps. */
export interface AddressForm {
  readonly pattern: string;
  /** In words, after "expected". */
  readonly rule: string;
}

/** The administrator's section, asked by the installer itself (specification engine.md 8.2). */
export const adminSection = (address: AddressForm | null): Section => ({
  key: 'admin',
  owner: 'installer',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['wallet_address', 'signature'],
    properties: {
      wallet_address: { type: 'string', ...address, description: 'Wallet that administers this host.' },
      public_secret: {
        type: 'string',
        minLength: 1,
        default: 'blockhost-access',
        description: 'Text that wallets sign to derive their keys.',
      },
      signature: {
        type: 'string',
        minLength: 1,
        writeOnly: true,
        description: "The administrator's signature of the public secret.",
      },
    },
  } as SectionSchema,
});

/**
 * Reads the answers file (YAML or JSON): one section per asking plugin. A secret may be given as `{ file: PATH }`,
 * relative to the answers file. Every problem is reported in one pass.
 */
export async function readAnswers(file: string, sections: readonly Section[]): Promise<Answers> {
  const given = await parseFile(file);
  const problems = Object.keys(given)
    .filter((key) => !sections.some((section) => section.key === key))
    .map(
      (key) => `/${key}  no plugin asks for it; sections are ${sections.map((one) => one.key).join(', ')}`,
    );

  const answers: Answers['sections'] = {};
  const secrets: Record<string, string> = {};
  for (const { key, schema } of sections) {
    const section = withDefaults(given[key] ?? {}, schema);
    if (!isMapping(section)) {
      problems.push(`/${key}  must be a mapping of answers`);
      continue;
    }
    const unread = new Set<string>();
    for (const name of secretNames(schema)) {
      if (!isMapping(section[name])) continue;
      const secret = await secretFromFile(file, `/${key}/${name}`, section[name], problems);
      if (secret === null) unread.add(`/${name}`);
      else section[name] = secret;
    }
    for (const { pointer, problem } of await schemaProblems(schema, section))
      if (!unread.has(pointer)) problems.push(`/${key}${pointer}  ${problem}`);
    for (const name of secretNames(schema)) {
      if (typeof section[name] === 'string') secrets[`${key}.${name}`] = section[name];
      delete section[name];
    }
    answers[key] = section;
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new BlockhostError(
      'setup.bad-answers',
      `${file}: ${count}\n${problems.map((line) => `  ${line}`).join('\n')}`,
      {
        remedy: 'Correct the file and run the set-up again.',
        exitCode: 2,
      },
    );
  }
  return { sections: answers, secrets, hash: await hashOf(answers, secrets) };
}

async function parseFile(file: string): Promise<Record<string, unknown>> {
  let content: unknown;
  try {
    const { parse } = await import('yaml');
    content = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new BlockhostError('setup.answers-unreadable', `The answers file ${file} cannot be read.`, {
      cause,
      remedy: 'Name a readable YAML or JSON file with --config.',
      exitCode: 2,
    });
  }
  if (!isMapping(content))
    throw new BlockhostError('setup.bad-answers', `${file} must be a mapping of sections.`, { exitCode: 2 });
  return content;
}

async function secretFromFile(
  answersFile: string,
  pointer: string,
  reference: Record<string, unknown>,
  problems: string[],
): Promise<string | null> {
  if (typeof reference.file !== 'string') {
    problems.push(`${pointer}  must be the secret or { file: PATH }`);
    return null;
  }
  const path = resolve(dirname(answersFile), reference.file);
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    problems.push(`${pointer}  ${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`);
    return null;
  }
}

function withDefaults(section: unknown, schema: SectionSchema): unknown {
  if (!isMapping(section)) return section;
  const filled = { ...section };
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (property.default !== undefined && filled[name] === undefined) filled[name] = property.default;
  return filled;
}

function secretNames(schema: SectionSchema): string[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.writeOnly)
    .map(([name]) => name);
}

/** Secrets enter as digests, so that the hash may be stored and still changes with them. */
async function hashOf(sections: Answers['sections'], secrets: Secrets): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  const sealed = Object.entries(secrets).map(([name, secret]) => [name, digest(secret)]);
  return digest(JSON.stringify([sections, sealed]));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
