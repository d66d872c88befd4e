import { setTimeout as wait } from 'node:timers/promises';
import { CONFIG, PATHS } from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { type HostStatus, hostStatus } from '../status/host-status.js';
import { statusLines } from '../status/status-lines.js';

const EVERY_MS = 2_000;

export default class Status extends BlockhostCommand {
  static override summary = 'Tell how this host is: daemons, chain, pipeline, VMs, tasks and disk';
  static override description =
    `Reads what lies on this machine and asks no network; what the monitor sees of the chain is as old as its last look, at most 5 s. See \`blockhost funds status\` for money.

Ends with
  0  when the host is healthy; what needs a person, such as a failed entry or a finding of the reconciler, is listed as attention
  1  when something keeps it from its work: the monitor is down or waits, a daemon crashed or is silent, a file of the configuration or the database cannot be read, the disk is full, or the host is not set up`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --watch',
  ];
  static override flags = {
    watch: Flags.boolean({ summary: 'show it again every 2 s until interrupted' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    let status = await this.#show();
    while (flags.watch && !this.signal.aborted) {
      await wait(EVERY_MS, undefined, { signal: this.signal }).catch(() => {});
      if (!this.signal.aborted) status = await this.#show();
    }
    if (!status.healthy) process.exitCode = 1;
  }

  async #show(): Promise<HostStatus> {
    const status = await hostStatus({
      paths: await this.get(PATHS),
      config: await this.get(CONFIG),
      daemons: this.kernel.plugins().flatMap(({ manifest }) => Object.keys(manifest?.entries?.daemons ?? {})),
      openDatabase: () => this.get(DATABASE),
    });
    this.result(status, statusLines(status));
    return status;
  }
}
