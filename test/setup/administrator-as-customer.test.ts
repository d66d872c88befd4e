import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostConfig, resolvePaths } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { DemoHost } from '../demo/host.js';
import { buy, type ReadyHost, setUp } from '../demo/main-job.js';
import { readBack } from '../demo/read-back.js';

describe('an administrator who is a customer too', () => {
  let host: DemoHost;
  let ready: ReadyHost;

  before(async () => {
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-setup-')));
    ready = await setUp(host, () => {});
  });

  after(async () => {
    await host.run('vm', 'destroy', 'blockhost-001');
    await host.stop();
    await ready.stop();
    await rm(host.root, { recursive: true, force: true });
  });

  it('keeps the credential of the host apart from that of a VM when the host is set up again', async () => {
    host.start(['daemon', 'monitor']);
    const { subscriptionId } = await buy(ready, 'admin');
    const { nft_token_id } = await readBack(ready, { subscriptionId, label: 'admin' });
    expect(nft_token_id).to.equal('1');

    // What an operator does who has lost the set-up's own records: the credential must be found on the chain.
    await rm(join(host.root, 'var/lib/blockhost/setup-state.json'));
    const config = createHostConfig({ paths: resolvePaths({ BLOCKHOST_ROOT: host.root }) });
    await config.update(BLOCKHOST_YAML, (yaml) => {
      const { credential_nft_id, ...admin } = yaml?.admin ?? {};
      expect(credential_nft_id).to.equal(0);
      return { ...yaml, admin };
    });
    const again = JSON.parse(await host.run('setup', '--config', ready.answersFile, '--json'));
    expect(again.steps.mint_nft.data.token_id).to.equal('0');
    expect((await config.read(BLOCKHOST_YAML)).admin).to.have.property('credential_nft_id', 0);
  });
});
