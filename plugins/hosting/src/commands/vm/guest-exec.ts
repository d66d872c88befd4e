import { VmCommand, vmName } from '../../vms/vm-command.js';

const LIMIT_MS = 120_000;

export default class VmGuestExec extends VmCommand {
  static override summary = 'Run a shell command inside a VM';
  static override description =
    'The words after the name form one shell command, run by the administrator of the guest. Its output is relayed, its exit code is the exit code.';
  static override examples = ["<%= config.bin %> <%= command.id %> blockhost-001 'uname -a'"];
  static override args = { name: vmName };
  static override strict = false;

  async run(): Promise<void> {
    const { args } = await this.parse(VmGuestExec);
    const { vms, provisioner } = await this.services();
    this.require(provisioner, 'guestExec');
    const vm = await this.live(vms, args.name);
    // As they were typed: oclif puts equal words next to each other.
    const words = this.argv.filter((word, place) => word !== '--' || this.argv.indexOf('--') !== place);
    const command = words.slice(1).join(' ');
    const answer = await provisioner.guestExec?.(vm, command, { timeoutMs: LIMIT_MS });
    if (!answer) return;
    process.stdout.write(answer.stdout);
    process.stderr.write(answer.stderr);
    if (answer.code !== 0) this.exit(answer.code);
  }
}
