import { CHAIN_ENGINE, CLOCK, CONFIG } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { AdminCommand } from '../../admin/admin-command.js';
import { sealOrder } from '../../admin/seal-order.js';
import { readBounded } from '../../nft-tool/read-bounded.js';

export default class AdminEncode extends AdminCommand {
  static override summary =
    'Make the transaction that orders a command, for the administrator’s wallet to send';
  static override description =
    `Prints where it goes and what it carries; signs and sends nothing. The name of the command is secret: leave it
away where only one is defined, or give it as @FILE, or - for standard input.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> - --port 22 --duration 60 --source 192.0.2.7 < name.txt',
  ];
  static override enableJsonFlag = true;
  static override args = {
    command: Args.string({ name: 'COMMAND', description: 'name in admin-commands.json, @FILE or -' }),
  };
  static override flags = {
    port: Flags.integer({
      summary: 'port to open; may be repeated',
      helpValue: 'PORT',
      multiple: true,
      min: 1,
      max: 65_535,
    }),
    duration: Flags.integer({ summary: 'seconds until it closes', helpValue: 'SECONDS', min: 1, max: 3_600 }),
    source: Flags.string({ summary: 'the only address it is opened to', helpValue: 'IP' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AdminEncode);
    const { port: ports, duration, source } = flags;
    const given = { ports, duration, source };
    const parameters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const [chain, clock, config] = [
      await this.get(CHAIN_ENGINE),
      await this.get(CLOCK),
      await this.get(CONFIG),
    ];
    const command = args.command === undefined ? null : await this.#name(args.command);
    const sealed = await sealOrder({ command, parameters }, { chain, clock, config });
    this.progress(`Send it from ${sealed.from}; the host must see it within ${sealed.validForSeconds} s.`);
    this.result(sealed, [`to    ${sealed.to}`, `data  ${sealed.data}`]);
  }

  async #name(given: string): Promise<string> {
    if (given === '-') return (await readBounded(process.stdin)).trim();
    if (given.startsWith('@')) return (await readBounded(given.slice(1))).trim();
    this.progress('warning: every user of this machine can see the command’s name in the list of processes');
    return given;
  }
}
