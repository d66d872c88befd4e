import { isTest, type SourceFile, type Violation } from './source-file.js';

/** Longer files hold more than one idea (quality, section 4). */
const MOST_LINES = 400;

/**
 * The core is mechanism and contracts, "about 3,000 lines" (architecture, section 3). It is larger today; this bound only
 * ever goes down.
 */
export const MOST_CORE_LINES = 5_600;

const OUTSIDE_CORE = /^kernel\/src\/(store|crypto|testing|commands|web)\//;

export function sizeViolations({ path, text }: SourceFile): Violation[] {
  const lines = text.trimEnd().split('\n').length;
  return lines <= MOST_LINES
    ? []
    : [{ path, message: `has ${lines} lines, more than ${MOST_LINES}. Give each of its ideas a file.` }];
}

/** Lines of the kernel's core by folder: neither blank, nor comment, nor test. */
export function coreLines(files: readonly SourceFile[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const { path, text } of files) {
    if (!path.startsWith('kernel/src/') || OUTSIDE_CORE.test(path) || isTest(path)) continue;
    const [, , folder = ''] = path.split('/');
    lines.set(folder, (lines.get(folder) ?? 0) + codeLines(text));
  }
  return lines;
}

export function codeLines(text: string): number {
  let comment = false;
  return text.split('\n').filter((line) => {
    const words = line.trim();
    if (comment || words.startsWith('/*')) {
      comment = !words.includes('*/');
      return false;
    }
    return words !== '' && !words.startsWith('//');
  }).length;
}
