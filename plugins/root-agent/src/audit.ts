import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BlockhostError, type Logger, makeFolder, type Paths, type RootAction } from '@blockhost/kernel';
import type { Answer } from './answer.js';
import type { Peer } from './peer.js';

const FILE = '/var/log/blockhost/root-agent-audit.log';
/** Longer values are shown as a digest: nobody reads them in a log, and a log must not fill the disk. */
const LONGEST_TEXT = 256;
const LONGEST_OBJECT = 4_096;

/** One call on record. */
export interface AuditedCall {
  /** Throws `root-agent.unrecorded` when the line cannot be written: what cannot be recorded is not done. */
  begin(): Promise<void>;
  end(answer: Answer): Promise<void>;
}

/**
 * Keeps the record of who asked for what and what came of it (specification host.md 2.6): every call as a record of the log,
 * calls that change something also in the audit file, a line before they act and a line after. The file is opened anew for
 * each line, so it may be rotated at any time.
 */
export class Audit {
  constructor(
    private readonly paths: Paths,
    private readonly log: Logger,
  ) {}

  call(action: RootAction, params: Readonly<Record<string, unknown>>, peer: Peer | null): AuditedCall {
    const id = randomUUID();
    const started = performance.now();
    const by = peer === null ? {} : { peer };
    const record = { id, action: action.name, ...by, params: shown(params, action.secrets ?? []) };
    const inFile = action.mutates !== false;
    return {
      begin: async () => {
        if (inFile) await this.#append({ event: 'begin', ...record });
      },
      end: async (answer) => {
        const result = answer.ok ? 'ok' : answer.code;
        const error = answer.ok ? {} : { error: answer.error };
        const ms = Math.round(performance.now() - started);
        this.log.info('root action', { ...record, result, ...error, ms });
        if (!inFile) return;
        await this.#append({ event: 'end', id, action: action.name, result, ms, ...error }).catch((cause) =>
          this.log.error('the audit file cannot be written', { error: cause }),
        );
      },
    };
  }

  /** A call that was refused before any action was looked at. */
  refused(action: string, answer: Answer): void {
    this.log.warn('root action refused', {
      action: action.slice(0, 64),
      ...(answer.ok ? {} : { result: answer.code, error: answer.error }),
    });
  }

  async #append(line: Readonly<Record<string, unknown>>): Promise<void> {
    const path = this.paths.resolve(FILE);
    try {
      await makeFolder(dirname(path), 0o750);
      const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
      const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o640);
      try {
        const { size } = await file.stat();
        // New: the umask took bits away, and who may read the folder may read it.
        if (size === 0) await file.chmod(0o640);
        if (size === 0 && process.geteuid?.() === 0) await file.chown(0, (await stat(dirname(path))).gid);
        await file.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw new BlockhostError(
        'root-agent.unrecorded',
        'The audit file cannot be written; nothing was done.',
        {
          cause,
          remedy: `Make room and mend the rights of ${FILE}.`,
        },
      );
    }
  }
}

function shown(
  params: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const longest = typeof value === 'string' ? LONGEST_TEXT : LONGEST_OBJECT;
      return [name, secrets.includes(name) || text.length > longest ? digest(text) : value];
    }),
  );
}

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
