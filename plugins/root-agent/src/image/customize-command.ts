import { BlockhostError } from '@blockhost/kernel';

/** One operation on an image, in the words of virt-customize(1). */
export interface CustomizeCommand {
  readonly operation: string;
  readonly argument: string;
  /** File of the host that `argument` begins with, before a colon. */
  readonly source: string | null;
}

/** Folders of the host whose files may be put into an image, one level deep. */
export const SOURCE_FOLDERS = [
  '/var/lib/blockhost/template-packages',
  '/var/lib/blockhost/template-build',
] as const;

const PACKAGE = '[a-z0-9][a-z0-9+.-]+';
const SOURCE = `((?:${SOURCE_FOLDERS.join('|')})/[A-Za-z0-9][A-Za-z0-9._+~%-]{0,199})`;
/** A place in the guest; whatever it is, it is looked up inside of a machine that shares nothing with the host. */
const PLACE = '/[^:\\n]{0,1023}';

/** What may be done (specification host.md 2.4), and how its argument looks. Sources are the first group. */
const OPERATIONS: Readonly<Record<string, { readonly argument: RegExp; readonly rule: string }>> = {
  install: { argument: RegExp(`^${PACKAGE}(,${PACKAGE})*$`), rule: 'PACKAGE[,PACKAGE…]' },
  'run-command': { argument: /^.+$/s, rule: 'a command' },
  'firstboot-command': { argument: /^.+$/s, rule: 'a command' },
  'copy-in': { argument: RegExp(`^${SOURCE}:${PLACE}$`), rule: sourceRule('FOLDER') },
  upload: { argument: RegExp(`^${SOURCE}:${PLACE}$`), rule: sourceRule('FILE') },
  chmod: { argument: RegExp(`^[0-7]{3,4}:${PLACE}$`), rule: 'MODE:/PLACE' },
  mkdir: { argument: RegExp(`^${PLACE}$`), rule: '/PLACE' },
  delete: { argument: RegExp(`^${PLACE}$`), rule: '/PLACE' },
  write: { argument: RegExp(`^${PLACE}:.*$`, 's'), rule: '/FILE:CONTENT' },
  'append-line': { argument: RegExp(`^${PLACE}:[^\\n]*$`), rule: '/FILE:LINE' },
};

function sourceRule(place: string): string {
  return `SOURCE:/${place}, SOURCE a file directly in ${SOURCE_FOLDERS.join(' or ')}`;
}

const NAMES = Object.keys(OPERATIONS);

/** Schema of a list of commands: `[operation, argument]` each, the operation with or without its two dashes. */
export const COMMANDS = {
  type: 'array',
  minItems: 1,
  maxItems: 64,
  items: {
    type: 'array',
    minItems: 2,
    maxItems: 2,
    prefixItems: [
      { enum: [...NAMES, ...NAMES.map((name) => `--${name}`)] },
      // One word of a command line has at most 128 KiB.
      { type: 'string', minLength: 1, maxLength: 64 * 1024, pattern: '^[^\\u0000]+$' },
    ],
    items: false,
  },
};

/** Reads what {@link COMMANDS} let pass. Throws `root-agent.invalid-params`, naming the command. */
export function customizeCommands(list: readonly (readonly [string, string])[]): readonly CustomizeCommand[] {
  return list.map(([word, argument], at) => {
    const operation = word.replace(/^--/, '');
    const form = OPERATIONS[operation];
    const match = form?.argument.exec(argument);
    if (!match)
      throw new BlockhostError(
        'root-agent.invalid-params',
        `commands/${at} ("${operation}") is not written as ${form?.rule ?? 'an operation'}.`,
      );
    const hasSource = operation === 'upload' || operation === 'copy-in';
    return { operation, argument, source: hasSource ? (match[1] ?? null) : null };
  });
}
