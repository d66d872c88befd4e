import { type CommandIndex, words } from '../commands/command-index.js';

export type CompletionShell = 'bash' | 'zsh' | 'fish';

/**
 * A completion script over the commands that are installed now. Like the help, it is made from the command manifests;
 * it answers at every key press without starting anything.
 */
export function completionScript(shell: CompletionShell, index: CommandIndex): string {
  const table = completionTable(index);
  const programs = [...new Set(table.map(({ program }) => program))];
  switch (shell) {
    case 'bash':
      return bash(table, programs);
    case 'zsh':
      return `#compdef ${programs.join(' ')}\nautoload -U +X bashcompinit && bashcompinit\n${bash(table, programs)}`;
    case 'fish':
      return fish(table);
  }
}

/** What can follow the words typed so far behind a program name. */
interface CompletionRow {
  readonly program: string;
  /** Words before the cursor, joined by blanks. */
  readonly typed: string;
  readonly next: readonly { readonly word: string; readonly summary: string }[];
}

function completionTable(index: CommandIndex): CompletionRow[] {
  const rows = new Map<string, Map<string, string>>();
  const add = (typed: string, word: string, summary: string) => {
    const next = rows.get(typed) ?? new Map<string, string>();
    rows.set(typed, next);
    if (!next.get(word)) next.set(word, summary);
  };
  for (const [id, { cached }] of index.commands) {
    if (cached.hidden) continue;
    const parts = id.split(':');
    parts.forEach((part, at) => {
      add(parts.slice(0, at).join(' '), part, at === parts.length - 1 ? (cached.summary ?? '') : '');
    });
    for (const [name, flag] of Object.entries(cached.flags))
      if (!flag.hidden) add(words(id), `--${name}`, flag.summary ?? flag.description ?? '');
    add(words(id), '--help', 'Show help');
    for (const arg of Object.values(cached.args))
      for (const option of arg.options ?? []) add(words(id), option, arg.description ?? '');
  }
  const below = (program: string, prefix: string): CompletionRow[] =>
    [...rows]
      .filter(([typed]) => prefix === '' || typed === prefix || typed.startsWith(`${prefix} `))
      .map(([typed, next]) => ({
        program,
        typed: typed.slice(prefix.length).trim(),
        next: [...next]
          .map(([word, summary]) => ({ word, summary }))
          .sort((a, b) => (a.word < b.word ? -1 : 1)),
      }));
  const shortNames = [...index.shortNames].flatMap(([program, target]) => below(program, target.join(' ')));
  return [...below('blockhost', ''), ...shortNames];
}

function bash(table: readonly CompletionRow[], programs: readonly string[]): string {
  const cases = table.map(
    ({ program, typed, next }) =>
      `    ${quote(`${program} ${typed}`.trim())}) words=${quote(next.map(({ word }) => word).join(' '))} ;;`,
  );
  return `_blockhost() {
  local current=\${COMP_WORDS[COMP_CWORD]} typed=\${COMP_WORDS[0]##*/} words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || typed+=" $word"
  done
  case $typed in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 || $current == -* ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _blockhost ${programs.join(' ')}
`;
}

function fish(table: readonly CompletionRow[]): string {
  const lines = table.flatMap(({ program, typed, next }) =>
    next.map(({ word, summary }) => {
      const condition = quote(`test (string join ' ' -- (__blockhost_typed)) = ${quote(typed)}`);
      const offered = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c ${program} -n ${condition} ${offered} -d ${quote(summary)}`;
    }),
  );
  return `function __blockhost_typed
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; or echo $word
  end
end
${lines.join('\n')}
`;
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
