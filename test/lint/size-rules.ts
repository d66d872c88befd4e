import { isTest, type SourceFile, type Violation } from './source-file.js';

/** Longer files hold more than one idea (quality, section 4). */
const MOST_LINES = 400;

/**
 * What the kernel is made of; a file belongs to the first part whose pattern fits. The core is mechanism and contracts
 * (architecture, section 3). `most` bounds the lines of code, imports included: neither blank, nor comment, nor test. A
 * bound moves up only together with what the part is for: a new port, a new kind of entry.
 */
export const KERNEL_PARTS: readonly { part: string; holds: string; path: RegExp; most: number }[] = [
  {
    part: 'contracts',
    holds: 'ports, entries, the host’s files and the list of exports: what plugins are written against',
    path: /^kernel\/src\/(ports|entries|host-files)\/|^kernel\/src\/index\.ts$/,
    most: 1_800,
  },
  {
    part: 'libraries',
    holds: 'database, ciphers, locks and running of programs; each stands alone and is imported at need',
    path: /^kernel\/src\/(store|crypto|lock|exec)\//,
    most: 870,
  },
  {
    part: 'tools',
    holds:
      'what authors and operators run at a terminal, never a daemon: plugins new, check, link, up, completion',
    path: /^kernel\/src\/(tools|commands\/cli\/(plugins|completion|up))\b/,
    most: 1_150,
  },
  {
    part: 'chain in memory',
    holds: 'a chain behind the real port, whose blocks, prices and faults a test controls',
    path: /^kernel\/src\/testing\/fake-/,
    most: 950,
  },
  {
    part: 'conformance kit',
    holds: 'suites that authors run against their plugins',
    path: /^kernel\/src\/testing\//,
    most: 1_750,
  },
  {
    part: 'mechanism',
    holds: 'everything else: manifests, loader, command host, daemon host, config, errors and log',
    path: /^kernel\/src\//,
    most: 4_480,
  },
];

export function sizeViolations({ path, text }: SourceFile): Violation[] {
  const lines = text.trimEnd().split('\n').length;
  return lines <= MOST_LINES
    ? []
    : [{ path, message: `has ${lines} lines, more than ${MOST_LINES}. Give each of its ideas a file.` }];
}

/** Lines of code of each part of the kernel, by folder. */
export function kernelLines(files: readonly SourceFile[]): Map<string, Map<string, number>> {
  const parts = new Map(KERNEL_PARTS.map(({ part }) => [part, new Map<string, number>()]));
  for (const { path, text } of files) {
    const part = isTest(path) ? undefined : KERNEL_PARTS.find((each) => each.path.test(path));
    const folders = part && parts.get(part.part);
    const [, , folder = ''] = path.split('/');
    folders?.set(folder, (folders.get(folder) ?? 0) + codeLines(text));
  }
  return parts;
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
