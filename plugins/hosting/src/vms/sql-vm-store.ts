import {
  type Address,
  BlockhostError,
  CLOCK,
  type Clock,
  CONFIG,
  type CreatedVm,
  type DesiredPower,
  type HostConfig,
  inject,
  injectable,
  LOGGER,
  type Logger,
  PATHS,
  type Paths,
  type RecordedLogin,
  type ReserveOptions,
  type SuspendReason,
  type TokenReservation,
  type VmLimits,
  type VmOrder,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import { openRecords, type Records } from '../state/records.js';
import { findVm, readVm, requireVm } from './find-vm.js';
import type { HostNetwork } from './host-network.js';
import { isoTime } from './iso-time.js';
import type { Resources } from './reserve-vm.js';
import { selectVms, toRecord, type VmRow } from './vm-row.js';
import { assertTransition } from './vm-states.js';

/** Loaded by who changes something: a command that only looks needs none of it. */
const reserving = () => import('./reserve-vm.js');
const numbers = () => import('./allocate-vmid.js');
const network = () => import('./host-network.js');
const publishing = () => import('./publish-vm.js');
const addresses = () => import('./hold-addresses.js');
const holds = () => import('./limit-holds.js');
const credentials = () => import('./credentials.js');
const tokens = () => import('./token-reservations.js');

/**
 * {@link VmStore} on the host's database, SQLite or PostgreSQL; every change is one immediate transaction. Where another
 * program writes the records too, `vms.json` leads and the database follows it ({@link Records}).
 */
@injectable()
export default class SqlVmStore implements VmStore {
  #network: Promise<HostNetwork> | undefined;
  #records: Promise<Records> | undefined;

  constructor(
    @inject(DATABASE) private readonly database: Knex,
    @inject(CONFIG) private readonly config: HostConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(PATHS) private readonly paths: Paths,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async get(name: string): Promise<VmRecord | null> {
    await this.catchUp();
    const row = await findVm(this.database, name);
    return row ? toRecord(row) : null;
  }

  async list({ destroyed = false } = {}): Promise<readonly VmRecord[]> {
    await this.catchUp();
    const rows = await selectVms(this.database)
      .modify((query) => {
        if (!destroyed) query.whereNot('status', 'destroyed');
      })
      .orderBy(['name', 'id']);
    return rows.map(toRecord);
  }

  async reserve(
    order: VmOrder,
    { addresses = true, preview = false, vmidsInUse }: ReserveOptions = {},
  ): Promise<VmRecord> {
    const resources = async (): Promise<Resources> => ({
      network: addresses ? await this.filledNetwork() : null,
      vmids: vmidsInUse ? await (await numbers()).vmidRange(this.config, vmidsInUse) : null,
    });
    const { reserveVm } = await reserving();
    const preserve = Symbol('preview');
    let seen: VmRecord | undefined;
    return this.write(async (tx) => {
      seen = await reserveVm(tx, order, resources, this.now());
      if (preview) throw preserve;
      return seen;
    }).catch((error: unknown) => {
      if (error === preserve && seen) return seen;
      throw error;
    });
  }

  async publish(name: string, operationId: string, made: CreatedVm): Promise<VmRecord> {
    const { publishVm } = await publishing();
    return this.write(async (tx) =>
      publishVm(tx, operationId, { ...made, name }, await this.network(), this.clock.now()),
    );
  }

  async abandon(name: string, operationId: string, fate: 'free' | 'quarantine'): Promise<void> {
    const { releaseAddresses } = await addresses();
    await this.write(async (tx) => {
      const row = await tx('vms').where({ name, operation_id: operationId, status: 'creating' }).first('id');
      if (!row) return;
      if (fate === 'free') await releaseAddresses(tx, row.id, this.clock.now());
      else await tx('vm_addresses').where({ vm_id: row.id }).update({ vm_id: null, quarantined_for: name });
      await tx('vms').where({ id: row.id }).delete();
    });
  }

  suspend(name: string, reason: SuspendReason): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await requireVm(tx, name);
      const isNew = row.status !== 'suspended';
      if (isNew) assertTransition(name, row.status, 'suspended');
      if (isNew || reason !== 'expiry')
        await tx('vms')
          .where({ id: row.id })
          .update({
            status: 'suspended',
            suspend_reason: reason,
            suspended_at: row.suspended_at ?? this.now(),
          });
      return readVm(tx, name);
    });
  }

  activate(name: string, expiresAt?: string): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await requireVm(tx, name);
      assertTransition(name, row.status, 'active');
      await tx('vms')
        .where({ id: row.id })
        .update({ status: 'active', suspended_at: null, suspend_reason: null, desired_power: 'on' });
      if (expiresAt !== undefined) await extend(tx, row.id, isoTime(expiresAt));
      return readVm(tx, name);
    });
  }

  setPower(name: string, desired: DesiredPower): Promise<VmRecord> {
    return this.write(async (tx) => {
      const { id } = await requireVm(tx, name);
      await tx('vms').where({ id }).whereNot({ status: 'destroyed' }).update({ desired_power: desired });
      return readVm(tx, name);
    });
  }

  setLimits(name: string, limits: VmLimits, holder?: string): Promise<VmRecord> {
    return this.changeLimits(name, async (tx, row) => {
      const { hold, setByPerson } = await holds();
      return holder === undefined ? setByPerson(tx, row, limits) : hold(tx, row, limits, holder);
    });
  }

  releaseLimits(name: string, limits: readonly (keyof VmLimits)[], holder: string): Promise<VmRecord> {
    return this.changeLimits(name, async (tx, row) => (await holds()).release(tx, row, limits, holder));
  }

  private changeLimits(name: string, change: (tx: Knex, row: VmRow) => Promise<VmLimits>): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await requireVm(tx, name);
      const limits = Object.entries(await change(tx, row)).filter(([, value]) => typeof value === 'number');
      await tx('vms')
        .where({ id: row.id })
        .update({ limits: JSON.stringify(Object.fromEntries(limits)) });
      return readVm(tx, name);
    });
  }

  async setDestroyPending(name: string, pending: boolean): Promise<void> {
    await this.write((tx) =>
      tx('vms')
        .where({ name })
        .whereNot({ status: 'destroyed' })
        .update({ destroy_pending: Number(pending) }),
    );
  }

  async markDestroyed(name: string): Promise<void> {
    const { releaseAddresses } = await addresses();
    await this.write(async (tx) => {
      const row = await requireVm(tx, name);
      if (row.status === 'destroyed') return;
      assertTransition(name, row.status, 'destroyed');
      await tx('vms')
        .where({ id: row.id })
        .update({ status: 'destroyed', destroyed_at: this.now(), destroy_pending: 0 });
      await releaseAddresses(tx, row.id, this.clock.now());
    });
  }

  releaseQuarantine(name: string): Promise<number> {
    return this.write((tx) =>
      tx('vm_addresses')
        .where({ quarantined_for: name })
        .update({ quarantined_for: null, released_at: this.clock.now() }),
    );
  }

  extendTo(name: string, expiresAt: string): Promise<VmRecord> {
    const wanted = isoTime(expiresAt);
    return this.write(async (tx) => {
      const row = await requireVm(tx, name);
      await extend(tx, row.id, wanted);
      return readVm(tx, name);
    });
  }

  async setGecosSynced(name: string, synced: boolean, login?: RecordedLogin): Promise<void> {
    await this.write((tx) =>
      tx('vms')
        .where({ name, ...(login && { owner_wallet: login.ownerWallet, nft_token_id: login.tokenId }) })
        .whereNot({ status: 'destroyed' })
        .update({ gecos_synced: Number(synced) }),
    );
  }

  setOwner(name: string, tokenId: string, ownerWallet: Address): Promise<VmRecord> {
    return this.write(async (tx) => (await credentials()).setOwner(tx, { name, tokenId }, ownerWallet));
  }

  setBurned(name: string, tokenId: string, burned: boolean): Promise<VmRecord> {
    return this.write(async (tx) => (await credentials()).setBurned(tx, { name, tokenId }, burned));
  }

  forgetMint(name: string, tokenId: string): Promise<VmRecord> {
    return this.write(async (tx) => (await credentials()).forgetMint(tx, { name, tokenId }, this.now()));
  }

  reserveToken(vmName: string, ownerWallet: Address, hint: bigint | null): Promise<string> {
    return this.write(async (tx) =>
      (await tokens()).reserveToken(tx, { vmName, ownerWallet, hint }, this.now()),
    );
  }

  async markTokenBroadcast(tokenId: string): Promise<void> {
    await this.write((tx) => tx('token_reservations').where({ token_id: tokenId }).update({ broadcast: 1 }));
  }

  markMinted(vmName: string, tokenId: string, ownerWallet: Address): Promise<VmRecord> {
    return this.write(async (tx) =>
      (await credentials()).markMinted(tx, { vmName, tokenId, ownerWallet }, this.now()),
    );
  }

  async markTokenFailed(vmName: string): Promise<void> {
    await this.write((tx) =>
      tx('token_reservations')
        .where({ vm_name: vmName, status: 'reserved' })
        .update({ status: 'failed', settled_at: this.now() }),
    );
  }

  async tokens(vmName?: string): Promise<readonly TokenReservation[]> {
    await this.catchUp();
    const rows = await this.database('token_reservations')
      .modify((query) => {
        if (vmName !== undefined) query.where({ vm_name: vmName });
      })
      .orderByRaw('length(token_id), token_id');
    return rows.map((await tokens()).toReservation);
  }

  private async filledNetwork(): Promise<HostNetwork> {
    const network = await this.network();
    if (network.pools.length > 0) return network;
    this.#network = undefined;
    throw noPool();
  }

  private network(): Promise<HostNetwork> {
    this.#network ??= network()
      .then(({ hostNetwork }) => hostNetwork(this.config))
      .catch((error: unknown) => {
        this.#network = undefined;
        throw error;
      });
    return this.#network;
  }

  private async write<T>(act: (tx: Knex.Transaction) => PromiseLike<T>): Promise<T> {
    return (await this.records()).write(act);
  }

  private async catchUp(): Promise<void> {
    await (await this.records()).catchUp();
  }

  private records(): Promise<Records> {
    this.#records ??= openRecords(this.database, this.config, this.paths, this.log).catch(
      (error: unknown) => {
        this.#records = undefined;
        throw error;
      },
    );
    return this.#records;
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** Paid time grows and never shrinks. */
async function extend(tx: Knex, id: number, wanted: string): Promise<void> {
  await tx('vms').where({ id }).where('expires_at', '<', wanted).update({ expires_at: wanted });
}

function noPool(): BlockhostError {
  return new BlockhostError(
    'vm-store.no-pool',
    'This host has no addresses to give, and its provisioner assigns none itself.',
    {
      remedy:
        'Put ip_pool (network, start, end, gateway) into db.yaml; a provisioner that chooses addresses declares assignsAddresses.',
      exitCode: 7,
    },
  );
}
