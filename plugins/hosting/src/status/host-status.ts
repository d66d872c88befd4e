import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { BlockhostError, type HostConfig, type Paths, sentenceOf } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { databaseFile } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import { brokenConfiguration } from './broken-configuration.js';
import { type DaemonState, daemonState } from './daemon-state.js';
import { type DatabaseStatus, databaseStatus } from './database-status.js';

/** Findings of the reconciler that are told whole. */
const TOLD = 5;

/** Below that the next VM, or the next commit, may fail. */
const LITTLE_DISK_BYTES = 2 ** 30;

export interface HostStatus {
  /** No problem. */
  readonly healthy: boolean;
  /** What keeps the host from doing its work, a sentence each. */
  readonly problems: readonly string[];
  /** What waits for a person while the host works, a sentence each. */
  readonly attention: readonly string[];
  readonly set_up: boolean;
  readonly daemons: readonly DaemonState[];
  /** null when there is no database, or none that can be read. */
  readonly database: DatabaseStatus | null;
  /** File system of the host's state, in bytes; null when it does not exist. */
  readonly disk: { readonly path: string; readonly free: number; readonly total: number } | null;
}

export interface StatusSources {
  readonly paths: Paths;
  readonly config: HostConfig;
  /** Every daemon that a manifest of this host names. */
  readonly daemons: readonly string[];
  /** Called only when the database exists. */
  openDatabase(): Promise<Knex>;
}

/**
 * How the host is, by what lies on this machine: asks no network, and answers whatever is broken. Throws
 * `status.not-permitted` for an account that may not read it, which would take a host at work for a broken one.
 */
export async function hostStatus({
  paths,
  config,
  daemons: ids,
  openDatabase,
}: StatusSources): Promise<HostStatus> {
  await requirePermission(paths);
  const problems: string[] = [];
  const isSetUp = existsSync(path.join(paths.state, '.setup-complete'));
  if (!isSetUp) problems.push('This host is not set up: run `blockhost setup`.');
  const daemons = await Promise.all(ids.map((id) => daemonState(paths, id)));
  for (const daemon of daemons) {
    const problem = problemOf(daemon);
    if (problem) problems.push(problem);
  }
  problems.push(...(await brokenConfiguration(config)));
  const isOnServer = await hasDatabaseUrl(config);
  const exists = isOnServer || existsSync(databaseFile(paths));
  const database = await (exists ? openDatabase().then(databaseStatus) : Promise.resolve(null)).catch(
    (error: unknown) => {
      problems.push(sentenceOf(error));
      return null;
    },
  );
  if (!exists && isSetUp) problems.push('The database of this host is gone: put it back from the backup.');
  const disk = await diskOf(paths.state);
  if (disk && disk.free < LITTLE_DISK_BYTES) problems.push(`Less than 1 GiB is free below ${paths.state}.`);
  return {
    healthy: problems.length === 0,
    problems,
    attention: database === null ? [] : attentionOf(database),
    set_up: isSetUp,
    daemons,
    database,
    disk,
  };
}

async function requirePermission({ config, run }: Paths): Promise<void> {
  for (const file of [path.join(config, 'blockhost.yaml'), path.join(run, 'monitor-health.json')])
    await access(file, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EACCES') return;
      throw new BlockhostError('status.not-permitted', 'You may not read the files of this host.', {
        cause,
        remedy: 'Run this as root, or as an account of the group "blockhost".',
      });
    });
}

/** One that somebody stopped is at rest; without the monitor nothing that is bought is served. */
function problemOf({ id, state, reason, seen_at }: DaemonState): string | null {
  switch (state) {
    case 'healthy':
      return null;
    case 'stopped':
      return id === 'monitor' ? 'The monitor does not run: what is bought is not served.' : null;
    case 'crashed':
      return `The daemon "${id}" has ended without being told to; it was last seen at ${seen_at}.`;
    default:
      return `The daemon "${id}" is ${state}: ${reason ?? 'it gives no reason'}`;
  }
}

function attentionOf({ queue, dead_letters, findings, tasks }: DatabaseStatus): string[] {
  const open = queue.needs_operator.length;
  const found = findings.filter(({ needs_operator }) => needs_operator);
  return [
    ...(open > 0
      ? [`${counted(open, 'entry needs', 'entries need')} an operator: see \`blockhost pipeline list\`.`]
      : []),
    ...(dead_letters > 0
      ? [
          `${counted(dead_letters, 'event', 'events')} could not be read or taken: see \`blockhost monitor dead-letters\`.`,
        ]
      : []),
    ...found.slice(0, TOLD).map(({ sentence }) => sentence),
    ...(found.length > TOLD
      ? [
          `The reconciler found ${found.length - TOLD} more like these: see \`blockhost reconcile --dry-run\`.`,
        ]
      : []),
    ...tasks.flatMap(({ name, failure, alarm }) => [
      ...(failure === null ? [] : [`The task ${name} failed last time: ${failure}`]),
      ...(alarm === null ? [] : [alarm]),
    ]),
  ];
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A server holds the state in place of a file. */
async function hasDatabaseUrl(config: HostConfig): Promise<boolean> {
  const yaml = await config.find(BLOCKHOST_YAML).catch(() => null);
  return yaml?.database?.url !== undefined;
}

async function diskOf(folder: string): Promise<HostStatus['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { path: folder, free: bavail * bsize, total: blocks * bsize };
  } catch {
    return null;
  }
}
