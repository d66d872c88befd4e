import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExec, createHostConfig } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';

const fixtures = join(import.meta.dirname, '../../hosting/fixtures');
/** Changes of each writer; about a minute of them in nightly runs. */
const CHANGES = process.env.BLOCKHOST_NIGHTLY ? 300 : 40;

describe('vms.json with writers of two languages', function () {
  this.timeout(240_000);
  let host: HostRoot;
  beforeEach(async () => {
    host = await makeHostRoot({
      plugins: [
        join(fixtures, 'chain-in-memory'),
        join(checkout, 'plugins/provisioner-sandbox'),
        join(checkout, 'plugins/hosting'),
      ],
    });
    await createHostConfig({ paths: host.paths }).write(DB_YAML, {
      ip_pool: { network: '10.30.0.0/16', start: 2, end: 9_000, gateway: '10.30.0.1' },
    });
  });
  afterEach(() => host.dispose());

  const run = async (...argv: [string, ...string[]]) => {
    const { code, stdout, stderr } = await createExec({ paths: host.paths }).run(argv, {
      cwd: host.root,
      timeoutMs: 200_000,
      env: { BLOCKHOST_ROOT: host.root },
    });
    expect(code, stderr).to.equal(0);
    return stdout;
  };

  it('tells of one reservation after a kill on either side of the file, and of the same one again', async () => {
    const blockhost = join(checkout, 'bin/blockhost');
    await run(blockhost, 'state', 'export', '--hand-over');
    const told = async () => {
      const { operations } = JSON.parse(await readFile(join(host.paths.state, 'vms.json'), 'utf8'));
      return Object.entries<{ reserved: { ip: string } }>(operations ?? {}).map(
        ([name, { reserved }]) => `${name} ${reserved.ip}`,
      );
    };
    const killedAt = async (point: string) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'reserving-child.js'), 'ours', '1'], {
        env: { ...process.env, BLOCKHOST_ROOT: host.root, BLOCKHOST_FAILPOINT: point },
        stdio: 'ignore',
      });
      const [, signal] = await once(child, 'exit');
      expect(signal).to.equal('SIGKILL');
    };
    await killedAt('vms-file.write:before');
    expect(await told()).to.deep.equal([]);
    await killedAt('vms-file.write:after');
    expect(await told()).to.deep.equal(['ours-0 10.30.0.2']);
    const again = await run(process.execPath, join(import.meta.dirname, 'reserving-child.js'), 'ours', '1');
    expect(again).to.equal('10.30.0.2\n');
    expect(await told()).to.deep.equal(['ours-0 10.30.0.2']);
  });

  it('loses no change of any of them and gives no address twice', async () => {
    const blockhost = join(checkout, 'bin/blockhost');
    await run(blockhost, 'state', 'export', '--hand-over');
    const file = join(host.paths.state, 'vms.json');
    const theirs = join(fixtures, 'second-generation/writer.py');
    const ours = join(import.meta.dirname, 'reserving-child.js');
    const count = String(CHANGES);
    await Promise.all([
      run('/usr/bin/python3', theirs, file, 'python-a', count, '10.30'),
      run('/usr/bin/python3', theirs, file, 'python-b', count, '10.30'),
      run(process.execPath, ours, 'ours-a', count),
      run(process.execPath, ours, 'ours-b', count),
    ]);

    const content = JSON.parse(await readFile(file, 'utf8'));
    expect(content.written_by_others).to.equal(2 * CHANGES);
    const names = [...Object.keys(content.vms), ...Object.keys(content.operations)];
    expect(names).to.have.lengthOf(4 * CHANGES);
    for (const label of ['python-a', 'python-b', 'ours-a', 'ours-b'])
      for (let number = 0; number < CHANGES; number += 1) expect(names).to.include(`${label}-${number}`);
    expect(new Set(content.allocated_ips).size).to.equal(4 * CHANGES);
    expect(content.allocated_ips).to.have.lengthOf(4 * CHANGES);

    await run(blockhost, 'state', 'import', '--take-back');
    const listed = JSON.parse(await run(blockhost, 'vm', 'list', '--json'));
    expect(new Set(listed.map(({ ip }: { ip: string }) => ip)).size).to.equal(4 * CHANGES);
  });
});
