import type { BlockhostError } from '../../errors/blockhost-error.js';
import { formatProblems } from '../format-problems.js';
import type { CheckReport } from './check-plugin.js';

/** A report as its author reads it: one line per subject that is in order, all details of one that is not. */
export function checkText({ problems, entries, ports }: CheckReport): string[] {
  const wrong = problems.length ? [formatProblems(problems)] : [];
  if (problems.some(({ severity }) => severity === 'error')) return wrong;
  const width = Math.max(...['manifest', ...ports.map(({ port }) => port)].map(({ length }) => length)) + 3;
  const line = (subject: string, text: string) => `${subject.padEnd(width)}${text}`;

  const lines = [...wrong, line('manifest', 'ok')];
  const bad = entries.filter(({ error }) => error);
  const times = entries
    .map(({ entry, milliseconds }) => `${entry} ${Math.round(milliseconds)} ms`)
    .join(', ');
  if (bad.length === 0) lines.push(line('entries', times ? `ok   ${times}` : 'none'));
  for (const { error } of bad) if (error) lines.push(line('entries', indented(error)));
  for (const { port, result, notDeclared, error } of ports) {
    if (error) lines.push(line(port, indented(error)));
    if (!result) continue;
    const undeclared = notDeclared.length ? ` (${notDeclared.join(', ')})` : '';
    lines.push(
      line(
        port,
        `${result.passed} passed, ${result.failed} failed, ${notDeclared.length} not declared${undeclared}`,
      ),
    );
    for (const { title, problem } of result.failures) lines.push(`  ${title}`, `    ${problem}`);
  }
  return lines;
}

function indented(error: BlockhostError): string {
  return error.toHelp().replaceAll('\n', '\n  ');
}
