import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acquireLock,
  BlockhostError,
  type Paths,
  schemaProblems,
  sentenceOf,
  writeFileAtomic,
} from '@blockhost/kernel';
import type { Knock } from './knock.js';
import { step } from './step.js';

interface Content {
  readonly knocks: readonly Knock[];
  /** The time this host itself gave to the login signal last, in milliseconds: no login. */
  readonly refreshedAt: number | null;
}

const EMPTY: Content = { knocks: [], refreshedAt: null };

const integer = { type: 'integer' };
const orNull = (type: string) => ({ type: [type, 'null'] });
const SCHEMA = {
  type: 'object',
  required: ['knocks', 'refreshedAt'],
  properties: {
    refreshedAt: orNull('integer'),
    knocks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'phase', 'ports', 'source', 'openedAt', 'expiresAt', 'address', 'seenAt', 'rules'],
        properties: {
          id: { type: 'string', pattern: '^[0-9a-f]{1,32}$' },
          phase: { enum: ['opening', 'open', 'narrowed', 'closing'] },
          ports: { type: 'array', items: { type: 'integer', minimum: 1, maximum: 65_535 } },
          source: orNull('string'),
          openedAt: integer,
          expiresAt: integer,
          address: orNull('string'),
          seenAt: orNull('integer'),
          rules: {
            type: 'array',
            items: {
              type: 'object',
              required: ['port', 'proto', 'comment'],
              properties: {
                port: { type: 'integer', minimum: 1, maximum: 65_535 },
                proto: { enum: ['tcp'] },
                comment: { type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' },
                source: { type: 'string' },
              },
              additionalProperties: false,
            },
          },
        },
        additionalProperties: false,
      },
    },
  },
};

/** `$RUN/knocks.json`: every rule that may stand in the firewall is here before it is opened and until it is closed. */
export class KnockJournal {
  readonly path: string;

  constructor(paths: Pick<Paths, 'run'>) {
    this.path = join(paths.run, 'knocks.json');
  }

  /** Throws `admin.journal-damaged`. */
  async read(): Promise<Content> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw damaged(this.path, error);
    });
    if (text === null) return EMPTY;
    let content: Content;
    try {
      content = JSON.parse(text);
    } catch (cause) {
      throw damaged(this.path, cause);
    }
    const [problem] = await schemaProblems(SCHEMA, content);
    if (problem) throw damaged(this.path, new Error(`${problem.pointer || 'the file'} ${problem.problem}`));
    return content;
  }

  async find(id: string): Promise<Knock | undefined> {
    return (await this.read()).knocks.find((knock) => knock.id === id);
  }

  /** Replaces the knock `id` by what `change` makes of it, durably; undefined: there is none (any more). */
  put(id: string, change: (present: Knock | undefined) => Knock | undefined): Promise<Knock | undefined> {
    return step('journal-knock', async () => {
      let changed: Knock | undefined;
      await this.#update((content) => {
        changed = change(content.knocks.find((knock) => knock.id === id));
        const others = content.knocks.filter((knock) => knock.id !== id);
        return { ...content, knocks: changed ? [...others, changed] : others };
      });
      return changed;
    });
  }

  async noteRefresh(at: number): Promise<void> {
    await this.#update((content) => ({ ...content, refreshedAt: at }));
  }

  /** Puts a file that cannot be read out of the way, for an operator. */
  async putAside(): Promise<string> {
    const aside = `${this.path}.damaged`;
    await rename(this.path, aside);
    return aside;
  }

  async #update(change: (content: Content) => Content): Promise<void> {
    using _ = await acquireLock(`${this.path}.lock`, { timeoutMs: 5_000, purpose: 'writing knocks.json' });
    await writeFileAtomic(this.path, `${JSON.stringify(change(await this.read()), null, 2)}\n`, 0o640);
  }
}

function damaged(path: string, cause: unknown): BlockhostError {
  return new BlockhostError('admin.journal-damaged', `${path} cannot be read: ${sentenceOf(cause)}.`, {
    cause,
    remedy: 'Open ports close by themselves an hour after they were opened at the latest.',
  });
}
