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
  type SuspendReason,
  type TokenReservation,
  type VmLimits,
  type VmOrder,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import type { VmsMirror } from '../state/vms-mirror.js';
import type { AddressPool } from './address-pool.js';
import { allocateAddress } from './allocate-address.js';
import { holdAddresses, releaseAddresses } from './hold-addresses.js';
import { hostPools } from './host-pools.js';
import { failMinted, reserveToken, settleToken, toReservation } from './token-reservations.js';
import { selectVms, toRecord, type VmRow } from './vm-row.js';
import { assertTransition } from './vm-states.js';

/** {@link VmStore} on the host's database; every change is one immediate transaction. */
@injectable()
export default class SqliteVmStore implements VmStore {
  #pools: Promise<readonly AddressPool[]> | undefined;
  #mirror: Promise<VmsMirror> | undefined;

  constructor(
    @inject(DATABASE) private readonly database: Knex,
    @inject(CONFIG) private readonly config: HostConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(PATHS) private readonly paths: Paths,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async get(name: string): Promise<VmRecord | null> {
    const row = await find(this.database, name);
    return row ? toRecord(row) : null;
  }

  async list({ destroyed = false } = {}): Promise<readonly VmRecord[]> {
    const rows = await selectVms(this.database)
      .modify((query) => {
        if (!destroyed) query.whereNot('status', 'destroyed');
      })
      .orderBy(['name', 'id']);
    return rows.map(toRecord);
  }

  async reserve(order: VmOrder, { addresses = true, preview = false } = {}): Promise<VmRecord> {
    const pools = addresses ? await this.pools() : null;
    const preserve = Symbol('preview');
    let seen: VmRecord | undefined;
    return this.write(async (tx) => {
      seen = await this.reserveIn(tx, order, pools);
      if (preview) throw preserve;
      return seen;
    }).catch((error: unknown) => {
      if (error === preserve && seen) return seen;
      throw error;
    });
  }

  private async reserveIn(tx: Knex, order: VmOrder, pools: readonly AddressPool[] | null): Promise<VmRecord> {
    const known = await selectVms(tx).where({ operation_id: order.operationId }).first();
    if (known && known.status !== 'destroyed') return toRecord(known);
    const live = await selectVms(tx).where({ name: order.name }).whereNot('status', 'destroyed').first();
    if (live || known) throw nameTaken(order.name);
    if (pools?.length === 0) {
      this.#pools = undefined;
      throw noPool();
    }
    const [{ id }] = await tx('vms')
      .insert({
        name: order.name,
        status: 'creating',
        operation_id: order.operationId,
        owner_wallet: order.ownerWallet,
        plan_id: order.planId,
        username: order.username,
        cpu: order.cpu,
        memory_mb: order.memoryMb,
        disk_gb: order.diskGb,
        created_at: this.now(),
        expires_at: isoTime(order.expiresAt),
      })
      .returning('id');
    for (const pool of pools ?? []) await allocateAddress(tx, pool, id);
    await tx('vm_operations').insert({
      vm_id: id,
      operation: 'create',
      operation_id: order.operationId,
      started_at: this.now(),
    });
    return this.read(tx, order.name);
  }

  publish(name: string, operationId: string, made: CreatedVm): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await this.requireRow(tx, name);
      if (row.operation_id !== operationId) throw nameTaken(name);
      if (row.status === 'destroyed') assertTransition(name, row.status, 'active');
      if (row.status === 'suspended') return toRecord(row);
      await holdAddresses(tx, row.id, [made.ipv4, made.ipv6], await this.pools(), this.clock.now());
      await tx('vms')
        .where({ id: row.id })
        .update({
          status: 'active',
          backend_ref: made.backendRef,
          username: made.username,
          login_port: made.loginPort ?? 22,
          mac: made.mac ?? null,
          template: made.template ?? null,
        });
      await tx('vm_operations').where({ vm_id: row.id }).delete();
      return this.read(tx, name);
    });
  }

  async abandon(name: string, operationId: string, addresses: 'free' | 'quarantine'): Promise<void> {
    await this.write(async (tx) => {
      const row = await tx('vms').where({ name, operation_id: operationId, status: 'creating' }).first('id');
      if (!row) return;
      if (addresses === 'free') await releaseAddresses(tx, row.id, this.clock.now());
      else await tx('vm_addresses').where({ vm_id: row.id }).update({ vm_id: null, quarantined_for: name });
      await tx('vms').where({ id: row.id }).delete();
    });
  }

  suspend(name: string, reason: SuspendReason): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await this.requireRow(tx, name);
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
      return this.read(tx, name);
    });
  }

  activate(name: string, expiresAt?: string): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await this.requireRow(tx, name);
      assertTransition(name, row.status, 'active');
      await tx('vms')
        .where({ id: row.id })
        .update({ status: 'active', suspended_at: null, suspend_reason: null, desired_power: 'on' });
      if (expiresAt !== undefined) await extend(tx, row.id, isoTime(expiresAt));
      return this.read(tx, name);
    });
  }

  setPower(name: string, desired: DesiredPower): Promise<VmRecord> {
    return this.write(async (tx) => {
      const { id } = await this.requireRow(tx, name);
      await tx('vms').where({ id }).whereNot({ status: 'destroyed' }).update({ desired_power: desired });
      return this.read(tx, name);
    });
  }

  setLimits(name: string, limits: VmLimits): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await this.requireRow(tx, name);
      const merged = Object.entries({ ...JSON.parse(row.limits), ...limits });
      const standing = Object.fromEntries(merged.filter(([, value]) => typeof value === 'number'));
      await tx('vms')
        .where({ id: row.id })
        .update({ limits: JSON.stringify(standing) });
      return this.read(tx, name);
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
    await this.write(async (tx) => {
      const row = await this.requireRow(tx, name);
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
      const row = await this.requireRow(tx, name);
      await extend(tx, row.id, wanted);
      return this.read(tx, name);
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
    return this.change(name, tokenId, (rows) =>
      rows.whereNot({ owner_wallet: ownerWallet }).update({ owner_wallet: ownerWallet, gecos_synced: 0 }),
    );
  }

  setBurned(name: string, tokenId: string, burned: boolean): Promise<VmRecord> {
    return this.change(name, tokenId, (rows) => rows.update({ nft_burned: Number(burned) }));
  }

  forgetMint(name: string, tokenId: string): Promise<VmRecord> {
    return this.change(name, tokenId, async (rows, tx) => {
      const forgotten = await rows.update({ nft_token_id: null, nft_minted: 0, nft_burned: 0 });
      if (forgotten > 0) await failMinted(tx, { vmName: name, tokenId }, this.now());
    });
  }

  /** Changes the live record as long as it has that credential; answers what it says afterwards. */
  private change(
    name: string,
    tokenId: string,
    act: (rows: Knex.QueryBuilder, tx: Knex) => PromiseLike<unknown>,
  ): Promise<VmRecord> {
    return this.write(async (tx) => {
      await act(
        tx('vms').where({ name, nft_token_id: tokenId, nft_minted: 1 }).whereNot({ status: 'destroyed' }),
        tx,
      );
      return this.read(tx, name);
    });
  }

  reserveToken(vmName: string, ownerWallet: Address, hint: bigint | null): Promise<string> {
    return this.write((tx) => reserveToken(tx, { vmName, ownerWallet, hint }, this.now()));
  }

  async markTokenBroadcast(tokenId: string): Promise<void> {
    await this.write((tx) => tx('token_reservations').where({ token_id: tokenId }).update({ broadcast: 1 }));
  }

  markMinted(vmName: string, tokenId: string, ownerWallet: Address): Promise<VmRecord> {
    return this.write(async (tx) => {
      const row = await this.requireRow(tx, vmName);
      if (row.nft_minted === 1 && row.nft_token_id === tokenId) return toRecord(row);
      const promised = await tx('token_reservations').where({ vm_name: vmName, status: 'reserved' }).first();
      await settleToken(tx, { vmName, tokenId, ownerWallet }, this.now());
      // The chain gave the id anew: the mint of a VM that is gone was taken back.
      await tx('vms').where({ nft_token_id: tokenId, status: 'destroyed' }).update({ nft_minted: 0 });
      await tx('vms')
        .where({ id: row.id })
        .update({
          nft_token_id: tokenId,
          nft_minted: 1,
          nft_burned: 0,
          owner_wallet: ownerWallet,
          gecos_synced: Number(row.gecos_synced === 1 && promised?.token_id === tokenId),
        });
      return this.read(tx, vmName);
    });
  }

  async markTokenFailed(vmName: string): Promise<void> {
    await this.write((tx) =>
      tx('token_reservations')
        .where({ vm_name: vmName, status: 'reserved' })
        .update({ status: 'failed', settled_at: this.now() }),
    );
  }

  async tokens(vmName?: string): Promise<readonly TokenReservation[]> {
    const rows = await this.database('token_reservations')
      .modify((query) => {
        if (vmName !== undefined) query.where({ vm_name: vmName });
      })
      .orderByRaw('length(token_id), token_id');
    return rows.map(toReservation);
  }

  private async requireRow(tx: Knex, name: string): Promise<VmRow> {
    const row = await find(tx, name);
    if (row) return row;
    throw new BlockhostError('vm-store.no-such-vm', `There is no record of a VM named ${name}.`, {
      remedy: 'List the VMs with `blockhost vm list`.',
      exitCode: 3,
    });
  }

  private async read(tx: Knex, name: string): Promise<VmRecord> {
    return toRecord(await this.requireRow(tx, name));
  }

  private pools(): Promise<readonly AddressPool[]> {
    this.#pools ??= hostPools(this.config).catch((error: unknown) => {
      this.#pools = undefined;
      throw error;
    });
    return this.#pools;
  }

  /** Every change: one transaction, of which the mirror hears once it is committed. */
  private async write<T>(act: (tx: Knex.Transaction) => PromiseLike<T>): Promise<T> {
    const written = await this.database.transaction(async (tx) => act(tx));
    this.#mirror ??= this.mirror();
    await (await this.#mirror).follow();
    return written;
  }

  /** Loaded by who changes something: a command that only looks needs none of it. */
  private async mirror(): Promise<VmsMirror> {
    const { VmsMirror } = await import('../state/vms-mirror.js');
    return new VmsMirror(this.database, this.config, this.paths, this.log);
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** The live row of that name, else the youngest destroyed one. */
function find(database: Knex, name: string): Promise<VmRow | undefined> {
  return selectVms(database).where({ name }).orderByRaw(`status = 'destroyed', id desc`).first();
}

/** Paid time grows and never shrinks. */
async function extend(tx: Knex, id: number, wanted: string): Promise<void> {
  await tx('vms').where({ id }).where('expires_at', '<', wanted).update({ expires_at: wanted });
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new BlockhostError('vm-store.bad-time', `"${text}" is not a moment in ISO 8601.`);
  return new Date(time).toISOString();
}

function nameTaken(name: string): BlockhostError {
  return new BlockhostError('vm-store.name-taken', `The name ${name} belongs to another VM.`, {
    remedy: 'Choose another name, or destroy that VM first.',
  });
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
