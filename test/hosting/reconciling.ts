import { join } from 'node:path';
import type { FakeCustomer } from '@blockhost/kernel/testing';
import { MemoryHost, type MemoryHostOptions } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');

export interface Action {
  readonly do: string;
  readonly [fact: string]: unknown;
}

export interface Finding {
  readonly kind: string;
  readonly subject: string;
  readonly sentence: string;
}

export interface Plan {
  readonly actions: readonly Action[];
  readonly findings: readonly Finding[];
  readonly deferred: number;
}

export interface Reconciled {
  readonly plan: Plan;
  readonly failed: readonly { readonly action: Action; readonly reason: string }[];
}

interface Modules {
  reconcile(host: object, signal: AbortSignal): Promise<Reconciled>;
  reconcilePlan(host: object, signal: AbortSignal): Promise<Plan>;
}

const { reconcile, reconcilePlan } = (await import(join(dist, 'reconciler/reconcile.js'))) as Modules;

/** One run of the reconciler on that host, as if its interval had passed since the last. */
export async function runReconciler(host: MemoryHost): Promise<Reconciled> {
  await host.database('missing_credentials').update({ counted_at: 0 });
  return runReconcilerAtOnce(host);
}

/** One run by hand, whenever the last was. */
export function runReconcilerAtOnce(host: MemoryHost): Promise<Reconciled> {
  return reconcile(partsOf(host), new AbortController().signal);
}

/** What the reconciler works with. */
export function partsOf(host: MemoryHost) {
  const { database, vms, chain, provisioner, config, clock, log } = host;
  const { paths } = host.root;
  return { database, vms, chain, provisioner, rootAgent: null, config, clock, paths, log };
}

/** A host whose reconciler the test calls itself; its monitor runs only while a test lets it. */
export class ReconcilingHost {
  private constructor(
    public host: MemoryHost,
    readonly machines: MemoryMachines,
  ) {}

  static async create(options: MemoryHostOptions = {}): Promise<ReconcilingHost> {
    const machines = new MemoryMachines();
    return new ReconcilingHost(await MemoryHost.create({ machines, ...options }), machines);
  }

  run(): Promise<Reconciled> {
    return runReconciler(this.host);
  }

  plan(): Promise<Plan> {
    return reconcilePlan(partsOf(this.host), new AbortController().signal);
  }

  #hasServed = false;

  /** Runs a monitor until nothing is left to do; then every invariant holds. */
  async serve(): Promise<void> {
    await this.serveInPart();
    await this.host.checkInvariants();
  }

  /** As {@link serve}, where something is left to the reconciler. */
  async serveInPart(): Promise<void> {
    if (this.#hasServed) this.host = await this.host.restarted();
    this.#hasServed = true;
    await this.host.startMonitor();
    await this.host.untilRest();
    await this.host.stopMonitor();
  }

  /** A served purchase of each customer; the VMs are `blockhost-001`, … */
  async sell(count = 1): Promise<readonly FakeCustomer[]> {
    const customers = Array.from({ length: count }, (_, index) => this.host.chain.customer(index + 1));
    for (const customer of customers) await this.host.buy(customer, 30_000);
    await this.serve();
    this.machines.acts.length = 0;
    return customers;
  }

  transfer(from: FakeCustomer, tokenId: bigint, to: FakeCustomer): void {
    this.host.chain.send(from.key, { do: 'transfer-credential', tokenId, to: to.key.address });
  }

  /** What may log in, as the guest has it. */
  login(name = 'blockhost-001'): string | undefined {
    return this.machines.standing.get(name)?.login;
  }

  async vm(name = 'blockhost-001') {
    const vm = await this.host.vms.get(name);
    if (!vm) throw new Error(`there is no ${name}`);
    return vm;
  }

  findings(): Promise<Finding[]> {
    return this.host.database('reconciler_findings').orderBy(['kind', 'subject']);
  }

  async suspend(name = 'blockhost-001'): Promise<void> {
    await this.machines.power(await this.vm(name), 'stopped');
    await this.host.vms.suspend(name, 'expiry');
  }

  async dispose(): Promise<void> {
    Object.assign(this.machines.faults, {
      create: null,
      destroy: null,
      power: null,
      login: null,
      away: false,
    });
    await this.host.dispose();
  }
}
