import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec, type ExecResult, withRun } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { MemoryHost } from './memory-host.js';

interface Verb {
  readonly words: (host: MemoryHost) => readonly string[];
  /** Exit codes of the second of two calls one after the other; 0 unless told. */
  readonly again?: number;
  /** Exit codes with which the slower of two calls at once may end besides 0. */
  readonly besides?: readonly number[];
  /** Brings the VM `subject` into the state that the verb is for; it stands and is active otherwise. */
  prepare?(host: MemoryHost): Promise<unknown>;
}

const subject = 'subject';
const owner = (host: MemoryHost) => host.chain.customer(7).key.address;
const create: Verb['words'] = (host) => [
  ...['vm', 'create', subject, '--owner-wallet', owner(host), '--memory', '256', '--disk', '1'],
  ...['--expires-at', '2199-01-01T00:00:00Z', '--apply'],
];
const suspend = (host: MemoryHost) => run(host, 'vm', 'suspend', subject);
const entry = (state: string) => (host: MemoryHost) =>
  host.database('pipeline_entries').update({ state, needs_operator: 1, attempts: 3, failed_stage: null });

const VERBS: Readonly<Record<string, Verb>> = {
  'vm create': {
    words: create,
    again: 1,
    besides: [1, 4],
    prepare: (host) => run(host, 'vm', 'destroy', subject),
  },
  'vm stop': { words: () => ['vm', 'stop', subject] },
  'vm start': { words: () => ['vm', 'start', subject], prepare: (host) => run(host, 'vm', 'stop', subject) },
  'vm kill': { words: () => ['vm', 'kill', subject] },
  'vm suspend': { words: () => ['vm', 'suspend', subject, '--reason', 'abuse'] },
  'vm resume': {
    words: () => ['vm', 'resume', subject, '--extend-days', '7'],
    prepare: suspend,
  },
  'vm update-gecos': { words: (host) => ['vm', 'update-gecos', subject, owner(host), '--nft-id', '99'] },
  'vm sync': { words: () => ['vm', 'sync'], prepare: stopBehindItsBack },
  'vm gc': {
    words: () => ['vm', 'gc', '--execute', '--suspend-only'],
    prepare: (host) => host.database('vms').update({ expires_at: '2020-01-01T00:00:00.000Z' }),
  },
  'vm destroy': { words: () => ['vm', 'destroy', subject] },
  'vm build-template': { words: () => ['vm', 'build-template'] },
  'pipeline retry': {
    words: () => ['pipeline', 'retry', 'create:1'],
    prepare: entry('failed'),
  },
  'pipeline drop': {
    words: () => ['pipeline', 'drop', 'create:1'],
    prepare: entry('failed'),
  },
  'monitor retry': { words: () => ['monitor', 'retry'] },
  'admin close': { words: () => ['admin', 'close', '--all'] },
};

async function stopBehindItsBack(host: MemoryHost): Promise<void> {
  const vm = await host.vms.get(subject);
  if (vm) await host.stopVm(vm);
}

function run(host: MemoryHost, ...words: readonly string[]): Promise<ExecResult> {
  return createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost'), ...words], {
    cwd: host.root.root,
    timeoutMs: 30_000,
    env: { BLOCKHOST_ROOT: host.root.root },
  });
}

/** All that is durable of VMs, machines and entries, but what differs between two runs that do the same. */
async function stateOf(host: MemoryHost): Promise<unknown> {
  const { database } = host;
  const vm = await host.vms.get(subject);
  const row = await database('vms')
    .where({ name: subject })
    .orderBy('id', 'desc')
    .first('status', 'suspend_reason', 'desired_power', 'limits', 'nft_token_id', 'nft_minted', 'expires_at');
  return {
    row,
    live: (await database('vms').where({ name: subject }).whereNot({ status: 'destroyed' })).length,
    addresses: (await database('vm_addresses').whereNull('released_at')).length,
    hasAddress: vm?.ipv4 !== null,
    machines: await host.provisioner
      .list()
      .then((found) =>
        found.kind === 'present' ? found.value.map(({ name, power }) => `${name} ${power}`) : found,
      ),
    operations: await database('vm_operations').select('operation'),
    entries: await database('pipeline_entries').select('id', 'state', 'needs_operator', 'attempts'),
  };
}

describe('a verb that changes something', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  before(async () => {
    host = await MemoryHost.create();
    host.chain.customer(2).buy({ planId: 1n, days: 1, userEncrypted: '0x12' });
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
  });
  after(() => host.dispose());

  /** The host as each case finds it. */
  const begin = async ({ prepare }: Verb) => {
    const vm = await host.vms.get(subject);
    if (vm && vm.status !== 'destroyed') {
      await withRun({ name: 'clear', log: host.log }, (act) => host.provisioner.destroy(vm, act));
      await host.vms.markDestroyed(subject);
    }
    await host.database('pipeline_entries').update({ state: 'failed', needs_operator: 1 });
    const made = await run(host, ...create(host));
    expect(made.code, made.stderr).to.equal(0);
    await prepare?.(host);
  };

  for (const [name, verb] of Object.entries(VERBS)) {
    const { again = 0, besides = [] } = verb;

    it(`ends as if called once when it is called twice: ${name}`, async () => {
      await begin(verb);
      const first = await run(host, ...verb.words(host));
      expect(first.code, first.stderr).to.equal(0);
      const once = await stateOf(host);
      const second = await run(host, ...verb.words(host));
      expect(second.code, second.stderr).to.equal(again);
      expect(await stateOf(host)).to.deep.equal(once);

      await begin(verb);
      const both = await Promise.all([run(host, ...verb.words(host)), run(host, ...verb.words(host))]);
      const codes = both.map(({ code }) => code);
      const told = both.map(({ stderr }) => stderr).join();
      expect(codes, told).to.include(0);
      expect([0, ...besides], told).to.include.members(codes);
      expect(await stateOf(host)).to.deep.equal(once);
    });
  }

  it('ends as if called once when it is called twice: nft_tool generate-keypair --output', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-twice-'));
    const file = join(folder, 'key');
    try {
      const words = ['generate-keypair', '--output', file];
      const start = () =>
        createExec({ paths: host.root.paths }).run([join(checkout, 'bin/nft_tool'), ...words], {
          cwd: folder,
          timeoutMs: 20_000,
          env: { BLOCKHOST_ROOT: host.root.root },
        });
      const both = await Promise.all([start(), start()]);
      expect(both.map(({ code }) => code).sort()).to.deep.equal([0, 1]);
      const kept = await readFile(file, 'utf8');
      expect(await start()).to.include({ code: 1 });
      expect(await readFile(file, 'utf8')).to.equal(kept);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
