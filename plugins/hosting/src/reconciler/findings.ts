import type { Logger } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Finding, FindingKind } from './plan.js';

const HOUR_MS = 3_600_000;

/** Nobody has to do anything about it: said once. */
const NOTICES: readonly FindingKind[] = ['credential-unbound'];

export interface KnownFinding extends Finding {
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly needsOperator: boolean;
}

/** What the last run left for a person, oldest first. */
export async function knownFindings(database: Knex): Promise<readonly KnownFinding[]> {
  const rows: Row[] = await database('reconciler_findings').orderBy(['first_seen', 'kind', 'subject']);
  return rows.map(({ kind, subject, sentence, first_seen, last_seen }) => ({
    kind,
    subject,
    sentence,
    firstSeen: first_seen,
    lastSeen: last_seen,
    needsOperator: !NOTICES.includes(kind),
  }));
}

/**
 * Replaces what was found before by what was found now, and answers what is to be said: what is new, and once an hour
 * what still holds. What could not be judged stays as it was.
 */
export async function replaceFindings(
  tx: Knex,
  { findings, unjudged }: { readonly findings: readonly Finding[]; readonly unjudged: readonly string[] },
  now: number,
): Promise<readonly Finding[]> {
  const before: Row[] = await tx('reconciler_findings').select();
  const isStill = ({ kind, subject }: Row) =>
    unjudged.includes(kind) ||
    unjudged.includes(`${kind} ${subject}`) ||
    findings.some((finding) => finding.kind === kind && finding.subject === subject);
  for (const row of before)
    if (!isStill(row))
      await tx('reconciler_findings').where({ kind: row.kind, subject: row.subject }).delete();

  const told: Finding[] = [];
  for (const { kind, subject, sentence } of findings) {
    const known = before.find((row) => row.kind === kind && row.subject === subject);
    const isQuiet = known !== undefined && (NOTICES.includes(kind) || isWithinHour(known.told_at, now));
    if (!isQuiet) told.push({ kind, subject, sentence });
    const told_at = isQuiet ? known.told_at : now;
    await tx('reconciler_findings')
      .insert({ kind, subject, sentence, told_at, last_seen: now, first_seen: known?.first_seen ?? now })
      .onConflict(['kind', 'subject'])
      .merge();
  }
  return told;
}

export function tellFindings(told: readonly Finding[], log: Logger): void {
  for (const { kind, subject, sentence } of told)
    if (NOTICES.includes(kind)) log.info(sentence, { kind, subject });
    else log.error(sentence, { kind, subject, needs_operator: true });
}

/** A clock that was set back makes everything worth saying again. */
function isWithinHour(moment: number, now: number): boolean {
  return moment <= now && now < moment + HOUR_MS;
}

interface Row {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly sentence: string;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly told_at: number;
}
