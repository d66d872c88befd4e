import { join } from 'node:path';
import { CONFIG } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { CrashHost, vmNameOf } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { givingUpFailpoints } = (await import(join(dist, 'pipeline/stages.js'))) as {
  givingUpFailpoints: readonly string[];
};

describe('a host killed with SIGKILL while it gives a purchase up', function () {
  this.timeout(60_000);
  let host: CrashHost;

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
    const config = await host.ready.kernel.get(CONFIG);
    // No provisioner makes a machine of one mebibyte.
    await config.update(BLOCKHOST_YAML, (present) => ({ ...present, plans: { '1': { memory: 1 } } }));
  });
  after(() => host.dispose());

  for (const failpoint of givingUpFailpoints)
    it(`at ${failpoint} leaves nothing of it but a call for an operator`, async () => {
      const purchase = await host.buy();
      const name = vmNameOf(purchase);
      await host.crashAt(failpoint);
      await host.runToRest();
      expect(await host.vms.get(name)).to.equal(null);
      expect((await host.vms.tokens(name)).map(({ status }) => status)).to.deep.equal(['failed']);
      expect(await host.database('vm_addresses').whereNotNull('vm_id')).to.deep.equal([]);
      expect(await host.database('vm_addresses').whereNotNull('quarantined_for')).to.deep.equal([]);
      const [entry] = await host.database('pipeline_entries').where({ vm_name: name });
      expect(entry).to.include({ state: 'failed', failed_stage: 'vm_created', needs_operator: 1 });
      await host.checkRest(purchase);
    });
});
