import { LOGGER, withRun } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { VmCommand } from '../../vms/vm-command.js';

export default class VmBuildTemplate extends VmCommand {
  static override summary = 'Build the base image that new VMs are made from';
  static override description =
    'Does nothing while what it is made of is unchanged, unless --force. VMs that stand keep theirs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --force',
  ];
  static override flags = { force: Flags.boolean({ summary: 'also when nothing has changed' }) };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(VmBuildTemplate);
    const { provisioner } = await this.services();
    this.require(provisioner, 'template');
    const log = await this.get(LOGGER);
    const onProgress = (message: string) => this.progress(message);
    const template = await withRun(
      { name: 'build-template', log, signal: this.signal, onProgress },
      async (run) => provisioner.buildTemplate?.({ force: flags.force }, run),
    );
    if (!template) return;
    const { fingerprint, built } = template;
    this.result(template, `${built ? 'built' : 'up to date'}: ${fingerprint}`);
  }
}
