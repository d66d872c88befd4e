import { type CompletionShell, completionScript } from '../../tools/completion-script.js';
import { hostOf } from '../host-context.js';
import { Args, BlockhostCommand } from '../index.js';

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly CompletionShell[];

export default class Completion extends BlockhostCommand {
  static override summary = 'Print a completion script for your shell';
  static override examples = [
    'source <(<%= config.bin %> <%= command.id %> bash)',
    '<%= config.bin %> <%= command.id %> zsh > ~/.zfunc/_blockhost',
    '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/blockhost.fish',
  ];
  static override args = {
    shell: Args.option({ options: shells })({ required: true, description: 'shell to write for' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    process.stdout.write(completionScript(args.shell, hostOf(this.config).index));
  }
}
