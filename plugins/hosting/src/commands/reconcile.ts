import {
  BlockhostError,
  CHAIN_ENGINE,
  CLOCK,
  CONFIG,
  hasCode,
  LOGGER,
  PATHS,
  PROVISIONER,
  VM_STORE,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import type { Host } from '../pipeline/host.js';
import { hasActiveEntry } from '../pipeline/queue.js';
import { knownFindings } from '../reconciler/findings.js';
import type { Action } from '../reconciler/plan.js';
import { reconcile, reconcilePlan } from '../reconciler/reconcile.js';

export default class Reconcile extends BlockhostCommand {
  static override summary = 'Compare records, chain and hypervisor now, and mend what differs';
  static override description =
    `The monitor does this every five minutes by itself. Nothing is destroyed unless its cancellation is on the chain.
Prints one line per change, then what only a person can judge. Ends with 4 while the monitor is at work, with 1 when a change failed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'only show what would be done' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Reconcile);
    const host = await this.#host();
    if (flags['dry-run']) {
      const { actions, findings, deferred } = await reconcilePlan(host, this.signal);
      return this.#show(actions.map(lineOf), findings, { actions, deferred });
    }
    if (await hasActiveEntry(host.database)) throw busy();
    const { plan, failed } = await reconcile(host, this.signal).catch((error: unknown) => {
      throw hasCode(error, 'lock.busy') ? busy(error) : error;
    });
    const failures = new Map(failed.map(({ action, reason }) => [action, reason]));
    const lines = plan.actions.map((action) => {
      const reason = failures.get(action);
      return reason === undefined ? lineOf(action) : `${lineOf(action)}  failed: ${reason}`;
    });
    this.#show(lines, await knownFindings(host.database), {
      actions: plan.actions,
      failed,
      deferred: plan.deferred,
    });
    if (failed.length > 0) process.exitCode = 1;
  }

  #show(
    lines: readonly string[],
    findings: readonly { readonly kind: string; readonly subject: string; readonly sentence: string }[],
    facts: object,
  ): void {
    const found = findings.map(({ kind, subject, sentence }) => `${kind}  ${subject}  ${sentence}`);
    if (lines.length + found.length === 0) this.progress('Records, chain and hypervisor agree.');
    this.result({ ...facts, findings }, [...lines, ...found]);
  }

  async #host(): Promise<Host> {
    return {
      database: await this.get(DATABASE),
      vms: await this.get(VM_STORE),
      chain: await this.get(CHAIN_ENGINE),
      provisioner: await this.get(PROVISIONER),
      rootAgent: null,
      config: await this.get(CONFIG),
      clock: await this.get(CLOCK),
      paths: await this.get(PATHS),
      log: await this.get(LOGGER),
    };
  }
}

function lineOf({ do: act, ...facts }: Action): string {
  return [act, ...Object.values(facts).map(String)].join('  ');
}

function busy(cause?: unknown): BlockhostError {
  return new BlockhostError('reconcile.busy', 'The monitor is at work at this moment.', {
    cause,
    remedy: 'Try again when it is done, or look with --dry-run.',
    exitCode: 4,
  });
}
