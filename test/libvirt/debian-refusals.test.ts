import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boot, type Kernel, PRIVILEGED_ACTIONS, PROVISIONER, withRun } from '@blockhost/kernel';
import { expectRefusal, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';

describe('a Debian guest that cannot be made', function () {
  this.timeout(240_000);
  let host: LibvirtHost;
  let kernel: Kernel;

  const build = () =>
    withRun({ name: 'build-template', log: new RecordingLogger() }, async (run) => {
      const provisioner = await kernel.get(PROVISIONER);
      return provisioner.buildTemplate?.({ force: false }, run);
    });
  const templates = () => host.host.paths.resolve('/var/lib/blockhost/templates');

  before(async () => {
    host = await LibvirtHost.create();
    const db = { bridge: 'br0', libvirt: { domain_type: 'qemu' } };
    await writeFile(join(host.host.paths.config, 'db.yaml'), JSON.stringify(db));
    kernel = await boot({ process: 'test', paths: host.host.paths });
  });
  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  it('is not made without the archive of Debian, and leaves nothing then', async () => {
    await expectRefusal(build(), 'provisioner.template-failed');
    expect(await readdir(templates())).to.deep.equal([]);
  });

  it('is not made of packages that anybody but root may have put there', async () => {
    const agent = await kernel.get(PRIVILEGED_ACTIONS);
    const folder = host.host.paths.resolve('/var/lib/blockhost/template-packages');
    await mkdir(folder);
    const order = { mirror: 'http://deb.debian.org/debian' };
    for (const name of ['a,b.deb', '-o.deb', 'a b.deb']) {
      await writeFile(join(folder, name), '');
      await expectRefusal(agent.call('template-debian', order), 'root-agent.denied');
      await host.libvirt.run('rm', '--', join(folder, name));
    }
    await writeFile(join(folder, 'a.deb'), '');
    await host.libvirt.run('chmod', '666', join(folder, 'a.deb'));
    await expectRefusal(agent.call('template-debian', order), 'root-agent.denied');
    await host.libvirt.run('rm', join(folder, 'a.deb'));
    await host.libvirt.run('chmod', '777', folder);
    await expectRefusal(agent.call('template-debian', order), 'root-agent.denied');
    await host.libvirt.run('chmod', '755', folder);
    for (const mirror of ['file:///etc', 'http://a b/', "http://x/'", 'https://user@x/', 'copy:/'])
      await expectRefusal(agent.call('template-debian', { mirror }), 'root-agent.invalid-params');
  });
});
