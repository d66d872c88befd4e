import { join } from 'node:path';
import { createExec, type ExecResult } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, BLOCKHOST_YAML, REVENUE_SHARE_JSON } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const TOKEN = `fake1${'a'.repeat(38)}`;
/** A month at 50 cents a day, in base units of a token with six decimals. */
const MONTH = 15_000_000n;

describe('the money of a host', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  const address = (number: number) => host.chain.customer(number).key.address;
  const held = (of: string) => host.chain.ledger.contracts.money.balance(TOKEN, of);

  beforeEach(async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines() });
    host.chain.send(host.chain.ownerKey.key, { do: 'set-stablecoin', token: TOKEN });
    await host.config.update(BLOCKHOST_YAML, (yaml) => ({
      ...yaml,
      fund_manager: { min_withdrawal_usd: 10, server_stablecoin_buffer_usd: 0 },
    }));
    await host.config.write(ADDRESSBOOK_JSON, {
      server: { address: host.chain.ownerKey.key.address, keyfile: '/etc/blockhost/deployer.key' },
      admin: { address: address(70) },
      dev: { address: address(71) },
    });
    await host.config.write(REVENUE_SHARE_JSON, {
      enabled: true,
      total_bps: 100,
      recipients: [{ role: 'dev', bps: 100 }],
    });
  });
  afterEach(() => host.dispose());

  it('goes by itself from the customers to those who share in it, never beside the pipeline', async () => {
    await host.buy(host.chain.customer(1), 30);
    await host.buy(host.chain.customer(2), 30);
    await host.startMonitor();
    await until('the administrator to be paid', 10_000, async () => (held(address(70)) > 0n ? true : null));
    await host.rest();
    await host.stopMonitor();
    expect(held(address(71))).to.equal((2n * MONTH) / 100n);
    expect(held(address(70))).to.equal((2n * MONTH * 99n) / 100n);
    const [cycle] = await host.database('fund_cycles').where({ kind: 'fund-cycle' });
    const beside = await host
      .database('pipeline_entries')
      .whereBetween('completed_at', [cycle.started_at, cycle.finished_at - 1]);
    expect(beside, 'no entry was worked on beside the cycle').to.deep.equal([]);
    expect((await host.vms.list()).length).to.equal(2);
  });

  it('does not move beside the pipeline when a person asks for it', async () => {
    await host.database('pipeline_entries').insert({
      id: 'create:1',
      kind: 'create',
      state: 'active',
      subscription_id: '1',
      plan_id: '1',
      subscriber: address(1),
      vm_name: 'blockhost-001',
      operation_id: 'one',
      transaction_hash: '0x01',
      log_index: 0,
      height: 1,
      received_at: 1,
      updated_at: 1,
    });
    const { code, stderr } = await run('run');
    expect(code).to.equal(4);
    expect(stderr).to.contain('working on a subscription');
    expect(await run('run', '--dry-run')).to.include({ code: 1 });
    await host.database('pipeline_entries').delete();
  });

  it('is shown and moved by commands, a chain of their own in each process', async () => {
    const before = await run('status', '--json');
    expect(before.code, before.stderr).to.equal(0);
    const report = JSON.parse(before.stdout);
    expect(report).to.have.keys([
      'wallets',
      'owed',
      'tasks',
      'open',
      'orders',
      'hot_wallet_generated',
      'problems',
    ]);
    expect(report.tasks[0]).to.include({ name: 'fund-cycle', last: null, failures: 0 });

    const dry = await run('run', '--dry-run');
    expect([dry.code, dry.stdout]).to.deep.equal([1, '']);
    expect(dry.stderr).to.contain('no hot wallet yet');

    const { code, stdout, stderr } = await run('run');
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^hot-gas {4}0\.01 FAKE {2}server → hot fake1\w+ {2}0x\w{64}\n$/);

    const foreseen = await run('gas-check', '--dry-run', '--json');
    expect(JSON.parse(foreseen.stdout)).to.deep.include({ open: [], problems: [] });
    const after = await run('status');
    expect(after.stdout).to.match(/^hot {8}fake1\w+ {2}0 FAKE$/m);
    expect(after.stdout).to.match(/^fund-cycle last 20\S+Z, next 20\S+Z$/m);
  });

  it('tells how to use its commands', async () => {
    for (const verb of ['status', 'run', 'gas-check']) {
      const { code, stdout } = await run(verb, '--help');
      expect(code).to.equal(0);
      expect(stdout).to.contain(`$ blockhost funds ${verb}`).and.contain('EXAMPLES');
    }
    expect(await run('run', '--no-such-flag')).to.include({ code: 2, stdout: '' });
  });

  function run(...words: string[]): Promise<ExecResult> {
    return createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost'), 'funds', ...words], {
      cwd: host.root.root,
      timeoutMs: 20_000,
      env: { BLOCKHOST_ROOT: host.root.root },
    });
  }
});
