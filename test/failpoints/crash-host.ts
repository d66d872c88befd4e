import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CONFIG,
  type Paths,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  resolvePaths,
  VM_STORE,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { DemoHost, demoPlugins, type Ended } from '../demo/host.js';
import { buy, type Purchase, publicSecret, type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { checkInvariants } from '../invariants/check-invariants.js';
import { vmNameOf as nameOf } from '../invariants/invariants.js';
import { Onchain } from './onchain.js';

const MONITOR = ['daemon', 'monitor'];
const GRACE_MS = 7 * 86_400_000;
const MINUTE_MS = 60_000;
/** Of the monitor's log, for whoever looks into a failure. */
const LAST_LINES = 40;

/** A host on a real chain whose monitor is killed on purpose; the test looks at the same files, chain and VMs. */
export class CrashHost {
  #buyers = 0;
  readonly onchain: Onchain;

  private constructor(
    readonly ready: ReadyHost,
    readonly database: Knex,
    readonly vms: VmStore,
    readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>,
  ) {
    this.onchain = new Onchain(ready);
  }

  /** `install` puts what the plugins need below the host's root, as their packages would. */
  static async create(
    plugins = demoPlugins,
    install: (paths: Paths) => Promise<unknown> = async () => {},
  ): Promise<CrashHost> {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-failpoints-'));
    const demo = await DemoHost.create(folder, plugins);
    await install(resolvePaths({ BLOCKHOST_ROOT: folder }));
    const ready = await setUp(demo, () => {});
    const config = await ready.kernel.get(CONFIG);
    await config.update(BLOCKHOST_YAML, (present) => ({
      ...present,
      monitor: { poll_interval_ms: 30, retry_delays_ms: [20, 40, 80] },
    }));
    return new CrashHost(
      ready,
      await ready.kernel.get(DATABASE),
      await ready.kernel.get(VM_STORE),
      await ready.kernel.get(PROVISIONER),
    );
  }

  buy(): Promise<Purchase> {
    this.#buyers += 1;
    return buy(this.ready, `buyer-${this.#buyers}`);
  }

  /** Runs the monitor, or another command, with a failpoint armed, which must kill it. */
  async crashAt(failpoint: string, command: readonly string[] = MONITOR): Promise<void> {
    const { child, ended } = this.ready.host.start(command, { env: { BLOCKHOST_FAILPOINT: failpoint } });
    const tooLate = setTimeout(() => child.kill('SIGTERM'), 30_000);
    const { code, signal, stderr } = await ended;
    clearTimeout(tooLate);
    expect(signal, `never came to ${failpoint}, ended with ${code}:\n${stderr}`).to.equal('SIGKILL');
  }

  /** Every task of the monitor runs when it starts next. */
  async makeTasksDue(): Promise<void> {
    await this.database('reconciler_run').update({ due_at: 0 });
    await this.database('fund_schedule').update({ last_at: 0, next_attempt_at: 0, failures: 0 });
    await this.database('rounds').update({ due_at: 0 });
  }

  /** Runs the monitor until nothing is left to do and ends it gently. */
  async runToRest(timeoutMs = 30_000): Promise<void> {
    const monitor = this.#startMonitor();
    await until('the monitor to come to rest', timeoutMs, async () => {
      const early = monitor.ended();
      if (early) throw new Error(`The monitor ended by itself:\n${early.stderr}`);
      return (await this.#isAtRest(monitor)) ? true : null;
    }).catch(async (error) => {
      monitor.child.kill('SIGKILL');
      await monitor.whenEnded;
      throw new Error(`${error.message}\n${monitor.lines.slice(-LAST_LINES).join('\n')}`);
    });
    monitor.child.kill('SIGTERM');
    expect(await monitor.whenEnded).to.include({ code: 0 });
  }

  /** Runs the monitor until it is killed at the failpoint; at rest when it never comes there. */
  async dieAt(failpoint: string): Promise<void> {
    const monitor = this.#startMonitor({ BLOCKHOST_FAILPOINT: failpoint });
    await until(`an end at ${failpoint}, or rest`, 30_000, async () =>
      monitor.ended() || (await this.#isAtRest(monitor)) ? true : null,
    ).finally(() => monitor.child.kill('SIGKILL'));
    const { signal, stderr } = await monitor.whenEnded;
    expect(signal, stderr).to.equal('SIGKILL');
  }

  async #isAtRest({ lines }: { readonly lines: readonly string[] }): Promise<boolean> {
    await this.#hurry();
    const head = await this.ready.engine.blocks.head();
    const cursor = await this.database('chain_cursors').first('height', 'hash');
    const open = await this.database('pipeline_entries').whereIn('state', ['queued', 'active']).first('id');
    const isReady = lines.some((line) => line.includes('daemon ready'));
    return isReady && head.kind === 'present' && cursor?.hash === head.value.hash && !open;
  }

  /** What waits minutes for something outside is tried again at once, as by `blockhost pipeline retry`. */
  async #hurry(): Promise<void> {
    const waiting = this.database('pipeline_entries').where({ state: 'queued' });
    await waiting.where('next_attempt_at', '>', Date.now() + MINUTE_MS).update({ next_attempt_at: 0 });
  }

  #startMonitor(env: Readonly<Record<string, string>> = {}) {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    const { child, ended: whenEnded } = this.ready.host.start(MONITOR, { onLine, env });
    let ended: Ended | null = null;
    void whenEnded.then((end) => {
      ended = end;
    });
    return { child, lines, whenEnded, ended: () => ended };
  }

  /** What must hold however often the host died: engine.md 3, quality.md section 2. */
  async checkInvariants(purchase: Purchase): Promise<void> {
    const name = vmNameOf(purchase);
    const { engine } = this.ready;
    const records = await this.vms.list();
    const record = records.find((vm) => vm.name === name);
    expect(record, `record of ${name}`).to.include({ status: 'active', nftMinted: true, gecosSynced: true });
    if (!record) return;

    await this.checkRest(purchase);
    const listing = await this.provisioner.list();
    if (listing.kind !== 'present') throw new Error('the sandbox does not answer');
    expect(listing.value.filter(({ power }) => power !== 'running')).to.deep.equal([]);

    const owned = await engine.credentials.ownedBy(purchase.customer.address);
    expect(owned).to.deep.equal({ kind: 'present', value: [BigInt(record.nftTokenId ?? -1)] });
    const credential = await engine.credentials.get(BigInt(record.nftTokenId ?? -1));
    if (credential.kind !== 'present') throw new Error('no credential');
    const details = await purchase.customer.open(credential.value.userData, publicSecret);
    expect(JSON.parse(details)).to.deep.equal({
      hostname: record.ipv4,
      port: record.loginPort,
      username: record.username,
    });

    expect(await this.database('vm_operations').select()).to.deep.equal([]);
    expect(await this.database('vm_addresses').whereNotNull('quarantined_for')).to.deep.equal([]);
    const tokens = await this.vms.tokens(name);
    expect(tokens.filter(({ status }) => status === 'minted')).to.have.lengthOf(1);
    expect(tokens.filter(({ status }) => status === 'reserved')).to.have.lengthOf(0);
    const entries = await this.database('pipeline_entries').where({ vm_name: name });
    expect(
      entries.map(({ id, state }) => `${id} ${state}`).filter((line) => !line.endsWith(' done')),
    ).to.deep.equal([]);
  }

  /** The same, of whatever was sold from that purchase on. */
  async checkRest({ subscriptionId: firstSubscription }: Purchase): Promise<void> {
    const { ready, provisioner, vms, database } = this;
    const { engine } = ready;
    const now = Date.now();
    await checkInvariants({ engine, provisioner, vms, database, now, graceMs: GRACE_MS, firstSubscription });
  }

  async suspend(name: string): Promise<void> {
    await this.powerOff(name);
    await this.vms.suspend(name, 'expiry');
  }

  /** Behind the back of the host. */
  async powerOff(name: string): Promise<void> {
    const vm = await this.vms.get(name);
    if (!vm) throw new Error(`no ${name}`);
    await withRun({ name: 'power-off', log: new RecordingLogger() }, (run) =>
      this.provisioner.stop(vm, { timeoutMs: 10_000 }, run),
    );
  }

  /** Destroys every VM, so that the next case starts on an empty host. */
  async clear(): Promise<void> {
    for (const vm of await this.vms.list()) {
      await withRun({ name: 'clear', log: new RecordingLogger() }, (run) =>
        this.provisioner.destroy(vm, run),
      );
      if (vm.status === 'creating') await this.vms.abandon(vm.name, vm.operationId, 'free');
      else await this.vms.markDestroyed(vm.name);
    }
  }

  async dispose(): Promise<void> {
    await this.clear();
    await this.ready.host.stop();
    await this.ready.stop();
    await rm(this.ready.host.root, { recursive: true, force: true });
  }
}

export function vmNameOf({ subscriptionId }: Purchase): string {
  return nameOf(subscriptionId);
}
