import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { until } from '../demo/until.js';

const program = join(import.meta.dirname, '../demo/demo.js');

describe('the demonstration', function () {
  this.timeout(90_000);
  let folder: string;
  let root: string;
  const children = new Set<ChildProcess>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-demo-'));
    root = join(folder, 'host');
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]) {
    const child = spawn(process.execPath, [program, ...args, '--root', root], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => {
        children.delete(child);
        resolve(code);
      });
    });
    return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
  }

  async function run(...args: string[]) {
    const { ended, stdout, stderr } = start(...args);
    return { code: await ended, stdout: await stdout, stderr: await stderr };
  }

  /** Command lines of processes that mention the folder of this test. */
  async function leftRunning(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return lines.filter((line) => line.includes(folder));
  }

  it('ends with one JSON object read back from chain and VM store, twice in a row, and leaves nothing running', async () => {
    for (const time of ['first', 'second']) {
      const { code, stdout, stderr } = await run('--once', '--json');
      expect(code, `${time} time: ${stderr}`).to.equal(0);
      const outcome = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      expect(outcome).to.have.all.keys(
        'ok',
        'vm',
        'nft_token_id',
        'owner',
        'host',
        'port',
        'username',
        'nft_contract',
        'subscription_contract',
        'seconds',
      );
      expect(outcome).to.include({ ok: true, vm: 'blockhost-001', nft_token_id: '1', username: 'admin' });
      await until('nothing of it to run', 10_000, async () =>
        (await leftRunning()).length === 0 ? true : null,
      );
    }
  });

  it('stays up for further purchases until it is interrupted', async () => {
    const { child, ended } = start();
    await until('it to stay up', 60_000, async () => {
      if (child.exitCode !== null) throw new Error('The demonstration ended by itself.');
      return (await readdir(join(root, 'run')).catch((): string[] => [])).includes('demo.sock') ? true : null;
    });
    const bought = await run('buy', '--days', '7', '--plan', '1', '--json');
    expect(bought.code, bought.stderr).to.equal(0);
    expect(JSON.parse(bought.stdout)).to.include({ ok: true, vm: 'blockhost-002', nft_token_id: '2' });

    const refused = await run('buy', '--plan', '99', '--json');
    expect(refused.code).to.equal(1);
    expect(JSON.parse(refused.stdout)).to.have.property('error').that.includes('no such plan');

    child.kill('SIGINT');
    expect(await ended).to.equal(0);
    await until('nothing of it to run', 10_000, async () =>
      (await leftRunning()).length === 0 ? true : null,
    );
  });

  it('tells how to start when nothing is there to buy from', async () => {
    const { code, stderr } = await run('buy');
    expect(code).to.equal(1);
    expect(stderr).to.include('bin/demo');
  });
});
