import { type Config, Help } from './oclif.js';

/**
 * Help of a command, a topic (words joined by `:`) or everything (empty subject), from the merged command manifests
 * alone. Called through a short name, it speaks of that name: `bw send` instead of `blockhost bw send`.
 */
export async function helpText(
  config: Config,
  subject: string,
  program: { readonly name: string; readonly words: readonly string[] },
): Promise<string> {
  const help = new CapturedHelp(config, { hideAliasesFromRoot: true });
  await help.showHelp(subject === '' ? [] : subject.split(':'));
  const text = `${help.text.trimEnd()}\n`;
  if (program.words.length === 0) return text;
  const spoken = program.words.join(' ');
  // Whole invocations, and the names in the list of what is below.
  return text
    .replaceAll(`${config.bin} ${spoken}`, program.name)
    .replaceAll(`\n  ${spoken} `, `\n  ${program.name} `);
}

class CapturedHelp extends Help {
  text = '';

  /** oclif takes "up" for a topic because "signup:generate" contains "up:". */
  protected override get sortedTopics() {
    const ids = this.config.commandIDs;
    return super.sortedTopics.filter(({ name }) => ids.some((id) => id.startsWith(`${name}:`)));
  }

  protected override log(...lines: string[]): void {
    this.text += `${lines.join(' ')}\n`;
  }
}
