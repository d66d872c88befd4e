import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CONFIG } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { createTestClient, type Hex, http, publicActions, walletActions } from 'viem';
import { DemoHost, demoPlugins } from '../demo/host.js';
import { type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';

interface Sealed {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
}

describe('an administrator who knocks on a whole host', function () {
  this.timeout(120_000);
  let folder: string;
  let host: DemoHost;
  let ready: ReadyHost;
  let agentPid = 0;
  let monitor: ReturnType<DemoHost['start']>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-knock-'));
    host = await DemoHost.create(folder, [...demoPlugins, 'root-agent']);
    ready = await setUp(host, () => {});
    const config = await ready.kernel.get(CONFIG);
    await config.write(ADMIN_COMMANDS_JSON, {
      commands: { 'open-sesame': { action: 'knock', params: { allowed_ports: [22] } } },
    });
    // The agent alone sees the firewall that it changes.
    host.prefix = ['unshare', '--net'];
    const { child } = host.start(['daemon', 'root-agent']);
    host.prefix = [];
    agentPid = child.pid ?? 0;
    const lines: string[] = [];
    monitor = host.start(['daemon', 'monitor'], { onLine: (line) => lines.push(line) });
    await until('the monitor to watch', 30_000, async () => {
      if (lines.some((line) => line.includes('daemon ready'))) return true;
      if (monitor.child.exitCode !== null) throw new Error(lines.join('\n'));
      return null;
    });
  });
  after(async () => {
    await host.stop();
    await ready.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const node = () =>
    createTestClient({ mode: 'anvil', transport: http(ready.devnet.rpcUrl), pollingInterval: 50 })
      .extend(publicActions)
      .extend(walletActions);
  /** Sends what `admin encode` made from the administrator's wallet, which the node lets anybody use. */
  const send = async ({ from, to, data }: Sealed) => {
    const client = node();
    await client.impersonateAccount({ address: from });
    await client.setBalance({ address: from, value: 10n ** 18n });
    const hash = await client.sendTransaction({ account: from, to, data, chain: null });
    await client.waitForTransactionReceipt({ hash });
    await client.mine({ blocks: ready.engine.chain.confirmations });
    return hash;
  };
  const encode = async (...flags: string[]): Promise<Sealed> =>
    JSON.parse(await host.run('admin', 'encode', '--json', ...flags));
  const rules = async () => {
    const inside = ['--net', `--target=${agentPid}`, 'iptables', '-S', 'BLOCKHOST-KNOCK'];
    const { stdout } = await promisify(execFile)('nsenter', inside).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter((line) => line.startsWith('-A'));
  };
  const open = (what: string, count: number, pattern: RegExp) =>
    until(what, 20_000, async () => {
      const found = await rules();
      return found.length === count && found.every((line) => pattern.test(line)) ? found : null;
    });

  it('gets in by a transaction, alone after logging in, and out by the operator’s command', async () => {
    const transactionHash = await send(await encode('--duration', '600'));
    await open('the port to open', 1, /--dport 22 .*-j ACCEPT/);
    const [order] = await until('the outcome', 10_000, async () => {
      const log = JSON.parse(await host.run('admin', 'log', '--json'));
      return log[0]?.state === 'done' ? log : null;
    });
    expect(order).to.include({ transactionHash, action: 'knock' });

    // As the panel says it; a login by SSH goes through the same file.
    await writeFile(join(folder, 'run/blockhost/knock.active'), '192.0.2.7\n', { mode: 0o640 });
    await open('the port to be narrowed', 1, /-s 192\.0\.2\.7\/32 /);
    expect(JSON.parse(await host.run('admin', 'status', '--json'))).to.include({ on: true, openKnocks: 1 });

    await host.run('admin', 'close', '--all');
    expect(await rules()).to.deep.equal([]);
  });

  it('finds every port closed when the host stops', async () => {
    await send(await encode());
    await open('the port to open', 1, /--dport 22 /);
    monitor.child.kill('SIGTERM');
    expect(await monitor.ended).to.include({ code: 0 });
    expect(await rules()).to.deep.equal([]);
  });
});
