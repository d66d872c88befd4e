import { join } from 'node:path';
import { createExec } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { MemoryHost } from './memory-host.js';

describe('the VM store between processes', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  beforeEach(async () => {
    host = await MemoryHost.create();
  });
  afterEach(() => host.dispose());

  it('gives no address twice to processes that reserve at the same time', async () => {
    const { ip_pool } = await host.config.read(DB_YAML);
    if (!ip_pool) throw new Error('the host has no pool');
    await host.config.update(DB_YAML, (present) => ({ ...present, ip_pool: { ...ip_pool, end: 2_000 } }));
    const exec = createExec({ paths: host.root.paths });
    const program = join(import.meta.dirname, 'reserving-child.js');
    const ends = await Promise.all(
      ['a', 'b', 'c'].map((label) =>
        exec.run([process.execPath, program, label, '60'], {
          cwd: host.root.root,
          timeoutMs: 25_000,
          env: { BLOCKHOST_ROOT: host.root.root },
        }),
      ),
    );
    for (const { code, stderr } of ends) expect(code, stderr).to.equal(0);
    const addresses = ends.flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(new Set(addresses).size).to.equal(180);
    expect(await host.vms.list()).to.have.lengthOf(180);
    await host.database('vms').update({ status: 'destroyed' });
  });
});
