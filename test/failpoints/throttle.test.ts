import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixtures, installForeign } from '../provisioner/foreign-subject.js';
import { CrashHost } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { lifeFailpoints } = (await import(join(dist, 'vms/life-failpoints.js'))) as {
  lifeFailpoints: readonly string[];
};
const PLUGINS = ['engine-evm', join(fixtures, 'python'), 'provisioner-exec', 'hosting', 'installer'];
const NAME = 'limited';

describe('the throttling of a VM killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;
  let boxes: string;

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create(PLUGINS, async (paths) => {
      boxes = await installForeign('python', paths);
    });
    const { address } = await host.ready.devnet.customer('tenant');
    await host.ready.host.run('vm', 'create', NAME, '--owner-wallet', address, '--apply');
  });
  after(() => host.dispose());

  for (const [index, failpoint] of lifeFailpoints.filter((each) => each.startsWith('throttle.')).entries())
    it(`at ${failpoint} has the limit on record and in force in the end`, async () => {
      const cpuQuotaPercent = 50 + index;
      const order = ['vm', 'throttle', NAME, '--cpu-quota', String(cpuQuotaPercent)];
      await host.crashAt(failpoint, order);
      await host.ready.host.run(...order);
      expect((await host.vms.get(NAME))?.limits).to.deep.equal({ cpuQuotaPercent });
      const [box] = Object.values(JSON.parse(await readFile(join(boxes, 'boxes.json'), 'utf8')));
      expect(box).to.deep.include({ throttle: ['--cpu-quota', String(cpuQuotaPercent)] });
    });
});
