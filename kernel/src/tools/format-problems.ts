import { basename, relative } from 'node:path';
import { kindOf } from '../manifests/find-plugin.js';
import { printable } from '../manifests/printable.js';
import type { ManifestProblem } from '../manifests/problem.js';

/** Where each key is described; `#KIND` leads to the kind's section. */
const REFERENCE = 'manifests/README.md';

/** A pointer longer than this gets a line of its own rather than pushing all sentences to the right. */
const WIDEST_POINTER = 48;

/**
 * The report of one or several manifests, for a terminal:
 *
 *     provisioner.json: 2 problems
 *       /provides/0/port   "provisoner" is not a port. Did you mean "provisioner"?
 *       /requires/kernel   "1" is not a version range that names a breaking level. Write "^1.0".
 *     See manifests/README.md#provisioner
 *
 * Paths below the working directory are shown relative to it. Empty for no problems.
 */
export function formatProblems(problems: readonly ManifestProblem[]): string {
  const byFile = Map.groupBy(problems, ({ file }) => file);
  return [...byFile].map(([file, ofFile]) => formatFile(file, ofFile)).join('\n');
}

function formatFile(file: string, problems: readonly ManifestProblem[]): string {
  const owner = problems.find((problem) => problem.package !== undefined)?.package;
  const from = owner === undefined ? '' : ` (package ${printable(owner)})`;
  const pointers = problems.map(({ pointer }) => printable(pointer));
  const width = Math.max(
    0,
    ...pointers.map(({ length }) => length).filter((length) => length <= WIDEST_POINTER),
  );
  const lines = problems.map((problem, index) => {
    const pointer = pointers[index] ?? '';
    const gap = pointer.length > width ? `\n  ${' '.repeat(width)}` : ' '.repeat(width - pointer.length);
    return `  ${pointer}${gap}${width === 0 ? '' : '   '}${sentence(problem)}`;
  });
  return [`${shownPath(file)}${from}: ${count(problems)}`, ...lines, `See ${REFERENCE}#${kindOf(file)}`].join(
    '\n',
  );
}

function sentence({ severity, expected, nearest }: ManifestProblem): string {
  const mark = severity === 'warning' ? 'warning: ' : '';
  const hint = nearest === undefined ? '' : ` Did you mean "${printable(nearest)}"?`;
  return `${mark}${expected}${hint}`;
}

function count(problems: readonly ManifestProblem[]): string {
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  const errors = problems.length - warnings;
  const counted = [
    errors > 0 && `${errors} problem${errors === 1 ? '' : 's'}`,
    warnings > 0 && `${warnings} warning${warnings === 1 ? '' : 's'}`,
  ];
  return counted.filter(Boolean).join(', ');
}

function shownPath(file: string): string {
  const near = relative(process.cwd(), file) || basename(file);
  return printable(near.startsWith('..') ? file : near);
}
