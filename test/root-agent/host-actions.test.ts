import type { PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { AgentHost } from './agent-host.js';

describe('what the root agent does to its machine', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;
  let client: PrivilegedActions;

  beforeEach(async () => {
    host = await AgentHost.create();
    agent = await host.start();
    client = await host.client();
  });
  afterEach(() => host.remove());

  const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
    promise.then(
      () => null,
      (error) => error.code,
    );

  describe('routes', () => {
    const add = (address: string, dev = 'br0') => client.call('ip6-route-add', { address, dev });
    const del = (address: string, dev = 'br0') => client.call('ip6-route-del', { address, dev });
    const routes = async () =>
      (await host.run('ip', '-6', 'route', 'show')).split('\n').filter((line) => line.startsWith('2001'));

    beforeEach(async () => {
      await host.put('/etc/blockhost/db.yaml', 'bridge: br0\n');
      await host.put('/etc/blockhost/broker-allocation.json', { prefix: '2001:db8:1::/64', mode: 'manual' });
      await host.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
      await host.run('ip', 'link', 'set', 'br0', 'up');
    });

    it('lead one address of the prefix to the bridge, once, until they are taken back', async () => {
      await Promise.all([add('2001:DB8:1:0::5/128'), add('2001:db8:1::5/128')]);
      expect(await routes()).to.have.lengthOf(1);
      expect((await routes())[0]).to.match(/^2001:db8:1::5 dev br0 /);
      await del('2001:db8:1::5/128');
      await del('2001:db8:1::5/128');
      expect(await routes()).to.deep.equal([]);
    });

    for (const [what, address, code] of [
      ['an address outside of the prefix', '2001:db8:2::5/128', 'denied'],
      ['a whole network', '2001:db8:1::/64', 'invalid-params'],
      ['an address without its length', '2001:db8:1::5', 'invalid-params'],
      ['an IPv4 address', '192.0.2.1/128', 'invalid-params'],
      ['what is no address', 'default/128', 'invalid-params'],
      ['an address with a line feed', '2001:db8:1::5/128\n', 'invalid-params'],
      ['an address with more words', '2001:db8:1::5/128 via ::1', 'invalid-params'],
    ] as const)
      it(`are refused to ${what}`, async () => {
        expect(await codeOf(add(address))).to.equal(`root-agent.${code}`);
        expect(await routes()).to.deep.equal([]);
      });

    for (const [dev, code] of [
      ['lo', 'denied'],
      ['eth0', 'denied'],
      ['vnet7', 'denied'],
      ['-6', 'invalid-params'],
      ['br0\n', 'invalid-params'],
      ['br0 via ::1', 'invalid-params'],
    ] as const)
      it(`are refused through ${JSON.stringify(dev)}`, async () => {
        expect(await codeOf(add('2001:db8:1::5/128', dev))).to.equal(`root-agent.${code}`);
      });

    it('are refused on a host without a prefix', async () => {
      await host.put('/etc/blockhost/broker-allocation.json', { prefix: 'none' });
      expect(await codeOf(add('2001:db8:1::5/128'))).to.equal('root-agent.denied');
    });

    it('may lead to a machine’s port on the bridge, which can be kept from its neighbours', async () => {
      await host.run('ip', 'link', 'add', 'vnet3', 'type', 'veth', 'peer', 'name', 'guest3');
      expect(await codeOf(client.call('bridge-port-isolate', { dev: 'vnet3' }))).to.equal(
        'root-agent.denied',
      );
      await host.run('ip', 'link', 'set', 'vnet3', 'master', 'br0', 'up');
      await host.run('ip', 'link', 'set', 'guest3', 'up');
      await add('2001:db8:1::6/128', 'vnet3');
      expect((await routes())[0]).to.match(/dev vnet3/);
      await client.call('bridge-port-isolate', { dev: 'vnet3' });
      await client.call('bridge-port-isolate', { dev: 'vnet3' });
      expect(await host.run('bridge', '-d', 'link', 'show', 'dev', 'vnet3')).to.contain('isolated on');
      await host.run('ip', 'link', 'del', 'vnet3');
      await del('2001:db8:1::6/128', 'vnet3');
      expect(await codeOf(client.call('bridge-port-isolate', { dev: 'br0' }))).to.equal('root-agent.denied');
    });
  });

  describe('the knock command', () => {
    const save = (knock_command: unknown, knock_ports: unknown = [22], knock_timeout: unknown = 300) =>
      client.call('admin-commands-save', { knock_command, knock_ports, knock_timeout });

    it('is replaced, others and what nobody knows stay', async () => {
      const other = { action: 'other', params: {} };
      await host.put('/etc/blockhost/admin-commands.json', {
        commands: { old: { action: 'knock', description: 'Door', params: { allowed_ports: [80] } }, other },
        note: 1,
      });
      await save('sesame-7', [22, 8_006], 600);
      await save('sesame-7', [22, 8_006], 600);
      expect(await host.json('/etc/blockhost/admin-commands.json')).to.deep.equal({
        commands: {
          other,
          'sesame-7': {
            action: 'knock',
            description: 'Door',
            params: { allowed_ports: [22, 8_006], default_duration: 600 },
          },
        },
        note: 1,
      });
      expect(agent.lines.join('\n') + JSON.stringify(await host.audit())).not.to.contain('sesame');
    });

    for (const [what, ...params] of [
      ['a short name', 'abc'],
      ['a name with a blank', 'open sesame'],
      ['the name __proto__', '__proto__'],
      ['no ports', 'sesame', []],
      ['the same port twice', 'sesame', [22, 22]],
      ['17 ports', 'sesame', Array.from({ length: 17 }, (_, at) => at + 1)],
      ['a port out of range', 'sesame', [70_000]],
      ['more than an hour', 'sesame', [22], 3_601],
    ] as const)
      it(`is refused with ${what}`, async () => {
        expect(await codeOf(save(params[0], params[1], params[2]))).to.equal('root-agent.invalid-params');
      });
  });

  describe('the host name', () => {
    const set = (hostname: string) => client.call('hostname-set', { hostname });

    it('is set in the running machine and in its files', async () => {
      await host.run('mkdir', '-p', host.paths.resolve('/etc'));
      await host.put('/etc/hosts', '127.0.0.1 localhost\n127.0.1.1 old.example old\n::1 ip6-localhost\n');
      await set('Rack-7');
      await set('Rack-7');
      expect(await host.run('hostname')).to.equal('rack-7\n');
      expect(await host.read('/etc/hostname')).to.equal('rack-7\n');
      expect(await host.read('/etc/hosts')).to.equal(
        '127.0.0.1 localhost\n::1 ip6-localhost\n127.0.1.1\track-7\n',
      );
    });

    for (const step of ['hosts', 'file', 'kernel'])
      for (const place of ['before', 'after'])
        it(`is the same everywhere when it is set again after a kill ${place} the step ${step}`, async () => {
          agent.kill('SIGTERM');
          await agent.ended;
          agent = await host.start({ BLOCKHOST_FAILPOINT: `hostname-set.${step}:${place}` });
          expect(await codeOf(set('rack-7'))).to.equal('root-agent.unanswered');
          expect(await agent.ended).to.include({ signal: 'SIGKILL' });
          await host.start();
          await set('rack-7');
          expect(await host.run('hostname')).to.equal('rack-7\n');
          expect(await host.read('/etc/hostname')).to.equal('rack-7\n');
          expect((await host.read('/etc/hosts')).match(/127\.0\.1\.1/g)).to.have.lengthOf(1);
        });

    for (const name of ['', '-x', 'x-', 'a.b', 'a b', 'a\n', 'ä', 'a'.repeat(64), '$(id)'])
      it(`is not set to ${JSON.stringify(name)}`, async () => {
        expect(await codeOf(set(name))).to.equal('root-agent.invalid-params');
      });
  });

  describe('units', () => {
    for (const [unit, verb] of [
      ['ssh', 'restart'],
      ['blockhost-', 'restart'],
      ['../nginx', 'reload'],
      ['nginx.service\n', 'reload'],
      ['nginx --now', 'reload'],
      ['blockhost-monitor.socket', 'restart'],
      ['nginx', 'stop'],
      ['-H', 'restart'],
    ])
      it(`are left alone when asked to ${verb} ${JSON.stringify(unit)}`, async () => {
        expect(await codeOf(client.call('service-control', { unit, verb }))).to.equal(
          'root-agent.invalid-params',
        );
      });

    it('that cannot be restarted are told as failed', async () => {
      const code = await codeOf(
        client.call('service-control', { unit: 'blockhost-no-such-unit', verb: 'restart' }),
      );
      expect(code).to.equal('root-agent.failed');
    });
  });
});
