import type { Logger } from '@blockhost/kernel';
import type { Knex } from '@blockhost/kernel/store';
import type { Finding } from './finding.js';

export interface StandingFinding extends Finding {
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Oldest first. */
export async function knownFindings(database: Knex): Promise<readonly StandingFinding[]> {
  const rows = await database('watchdog_findings').orderBy(['since', 'subject', 'kind']);
  return rows.map(({ subject, kind, sentence, since }) => ({ subject, kind, sentence, since }));
}

const idOf = ({ subject, kind }: Finding): string => `${subject}/${kind}`;

/** What is wrong now, for other processes to read; each is logged when it comes and when it goes. */
export class FindingsTable {
  #known: Map<string, StandingFinding> | null = null;

  constructor(
    private readonly database: Knex,
    private readonly log: Logger,
  ) {}

  /** Writes only what has changed. */
  async replace(findings: readonly Finding[], now: number): Promise<void> {
    const known =
      this.#known ?? new Map((await knownFindings(this.database)).map((each) => [idOf(each), each]));
    this.#known = known;
    const present = new Set(findings.map(idOf));
    for (const finding of findings) {
      const { subject, kind, sentence } = finding;
      const before = known.get(idOf(finding));
      if (before?.sentence === sentence) continue;
      const since = before?.since ?? now;
      await this.database('watchdog_findings')
        .insert({ subject, kind, sentence, since })
        .onConflict(['subject', 'kind'])
        .merge();
      if (!before) this.log.warn('something is wrong', { subject, kind, sentence });
      known.set(idOf(finding), { ...finding, since });
    }
    for (const [id, { subject, kind }] of known)
      if (!present.has(id)) {
        await this.database('watchdog_findings').where({ subject, kind }).delete();
        this.log.info('it is well again', { subject, kind });
        known.delete(id);
      }
  }
}
