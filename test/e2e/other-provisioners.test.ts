import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { checkout, DemoHost } from '../demo/host.js';
import { buy, openCredential, type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { fixtures } from '../provisioner/foreign-subject.js';

const run = promisify(execFile);

describe('the main job with a provisioner of other people', function () {
  this.timeout(60_000);
  let folder: string;
  let host: DemoHost | undefined;
  let ready: ReadyHost | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-e2e-'));
  });

  afterEach(async () => {
    await host?.stop();
    await ready?.stop();
    host = ready = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const hostWith = (...provisioner: string[]) =>
    DemoHost.create(join(folder, 'host'), ['engine-evm', ...provisioner, 'hosting', 'installer']);

  /** A purchase, followed by what the buyer reads to the record it is about; then the VM is destroyed. */
  async function serve(on: DemoHost): Promise<void> {
    host = on;
    ready = await setUp(on, () => {});
    on.start(['daemon', 'monitor']);
    const { details } = await openCredential(ready, await buy(ready, 'alice'));
    const vm = await until('the VM to be active', 30_000, async () => {
      const vms: { name: string; status: string; ip: string; ipv6: string; username: string }[] = JSON.parse(
        await on.run('vm', 'list', '--json'),
      );
      return vms.find(({ status }) => status === 'active');
    });
    expect([vm.ip, vm.ipv6]).to.include(details.hostname);
    expect(details.username).to.equal(vm.username);
    expect(await on.run('vm', 'status', vm.name)).to.equal('active\n');
    await on.run('vm', 'destroy', vm.name);
    expect(await on.run('vm', 'list', '--json')).to.not.include('"active"');
  }

  it('is served by what `plugins new provisioner` wrote, built and linked', async () => {
    const cloud = join(folder, 'acme-cloud');
    await run(
      join(checkout, 'bin/blockhost'),
      ['plugins', 'new', 'provisioner', 'acme-cloud', '--dir', cloud],
      {
        env: { ...process.env, BLOCKHOST_ROOT: folder },
      },
    );
    await run('npm', ['run', 'build'], { cwd: cloud });
    await serve(await hostWith(cloud));
  });

  it('never empties a folder that holds anything but an earlier host', async () => {
    await writeFile(join(folder, 'precious'), 'mine');
    const refusal = await DemoHost.create(folder).catch((error: unknown) => error);
    expect(refusal).to.have.property('message').that.includes('holds no earlier demonstration');
    expect(await readdir(folder)).to.deep.equal(['precious']);
  });

  it('is served by a shell script per verb', async () => {
    await serve(await hostWith(join(fixtures, 'shell'), 'provisioner-exec'));
  });
});
