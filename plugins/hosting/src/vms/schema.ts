import type { Knex } from 'knex';

/**
 * VMs, who holds which address, running operations, and reserved credentials.
 *
 * A name has one live row, an address one holder, an operation one VM: by constraint. `expires_at` and the other moments
 * of a record are ISO 8601 UTC with milliseconds, so that they sort as text.
 */
export async function createVmTables(database: Knex): Promise<void> {
  await statements(database, [
    `create table vms (
      id integer primary key,
      name text not null,
      status text not null check (status in ('creating', 'active', 'suspended', 'destroyed')),
      operation_id text not null unique,
      owner_wallet text not null,
      plan_id text,
      username text not null,
      cpu integer not null,
      memory_mb integer not null,
      disk_gb integer not null,
      backend_ref text,
      login_port integer not null default 22,
      fqdn text,
      nft_token_id text,
      nft_minted integer not null default 0,
      gecos_synced integer not null default 1,
      suspend_reason text check (suspend_reason in ('expiry', 'admin', 'abuse')),
      created_at text not null,
      expires_at text not null,
      suspended_at text,
      destroyed_at text
    ) strict`,
    `create unique index vms_live_name on vms (name) where status <> 'destroyed'`,
    `create index vms_name on vms (name, id)`,
    `create unique index vms_minted_token on vms (nft_token_id) where nft_minted = 1`,
    `create table vm_addresses (
      address text primary key,
      family integer not null check (family in (4, 6)),
      vm_id integer references vms (id),
      released_at integer,
      quarantined_for text,
      pool text,
      check (
        case when vm_id is null then 0 else 1 end + case when released_at is null then 0 else 1 end +
        case when quarantined_for is null then 0 else 1 end = 1
      )
    ) strict`,
    `create unique index vm_addresses_holder on vm_addresses (vm_id, family)`,
    `create index vm_addresses_reuse on vm_addresses (pool, released_at) where released_at is not null`,
    `create table vm_address_cursors (
      family integer primary key, pool text not null, next_offset integer not null
    ) strict`,
    `create table vm_operations (
      vm_id integer primary key references vms (id) on delete cascade,
      operation text not null,
      operation_id text not null unique,
      started_at text not null
    ) strict`,
    `create table token_reservations (
      token_id text primary key,
      vm_name text not null,
      owner_wallet text not null,
      status text not null check (status in ('reserved', 'minted', 'failed')),
      broadcast integer not null default 0,
      reserved_at text not null,
      settled_at text
    ) strict`,
    `create unique index token_reservations_live on token_reservations (vm_name) where status = 'reserved'`,
    `create table token_counter (id integer primary key check (id = 1), next_id text not null) strict`,
  ]);
}

/** Whether the credential of a VM is burnt. */
export async function addBurnedCredentials(database: Knex): Promise<void> {
  await database.raw('alter table vms add column nft_burned integer not null default 0');
}

/**
 * What is wanted of a VM and what it is made of. `limits` is a JSON object of numbers by the names of `VmLimits`.
 */
export async function completeVmRecords(database: Knex): Promise<void> {
  await statements(database, [
    `alter table vms add column desired_power text not null default 'on' check (desired_power in ('on', 'off'))`,
    `alter table vms add column limits text not null default '{}'`,
    'alter table vms add column destroy_pending integer not null default 0',
    'alter table vms add column mac text',
    'alter table vms add column template text',
  ]);
}

/**
 * Numbers for hypervisors that know VMs by one (0: none), when a credential was minted, and what other programs have
 * written into a record of `vms.json`, a JSON object. A row of `vms_file` says that this file leads and the tables follow
 * it; `digest` is that of the content they follow.
 */
export async function addForeignRecords(database: Knex): Promise<void> {
  await statements(database, [
    'alter table vms add column vmid integer not null default 0',
    'alter table vms add column nft_minted_at text',
    `alter table vms add column other text not null default '{}'`,
    `create unique index vms_live_vmid on vms (vmid) where vmid > 0 and status <> 'destroyed'`,
    'create table vmid_counter (id integer primary key check (id = 1), next_vmid integer not null) strict',
    'create table vms_file (id integer primary key check (id = 1), digest text not null) strict',
  ]);
}

async function statements(database: Knex, list: readonly string[]): Promise<void> {
  for (const statement of list) await database.raw(statement);
}
