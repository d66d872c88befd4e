import { lstat, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closePort, openPort, type PortRule, type PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { until } from '../kernel/daemon/until.js';
import { AgentHost } from './agent-host.js';

const SSH: PortRule = { port: 22, proto: 'tcp', comment: 'blockhost-knock-1' };
const OPEN = '-p tcp --dport 22 --comment blockhost-knock-1';

describe('ports that the root agent opens', function () {
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

  const closed = () => poll(async () => (await host.knocks()).length === 0);

  it('are open for everybody in both families, once, however often they are opened', async () => {
    await Promise.all([openPort(client, SSH), openPort(client, SSH), openPort(client, SSH)]);
    expect(await host.knocks()).to.deep.equal([`4: ${OPEN}`, `6: ${OPEN}`]);
    const jumps = (await host.run('iptables', '-S', 'INPUT')).match(/-j BLOCKHOST-KNOCK/g);
    expect(jumps).to.have.lengthOf(1);
  });

  it('are open for one source in its own family only', async () => {
    await openPort(client, { ...SSH, source: '192.0.2.7' });
    await openPort(client, { ...SSH, source: '2001:DB8:0::7' });
    expect(await host.knocks()).to.deep.equal([
      `4: -s 192.0.2.7/32 ${OPEN}`,
      `6: -s 2001:db8::7/128 ${OPEN}`,
    ]);
  });

  it('are closed by who names the same four, and a second time without harm', async () => {
    await openPort(client, SSH);
    await openPort(client, { ...SSH, source: '2001:db8::7' });
    await closePort(client, { ...SSH, comment: 'another' });
    await closePort(client, { ...SSH, proto: 'udp' });
    expect(await host.knocks()).to.have.lengthOf(3);
    await closePort(client, SSH);
    expect(await host.knocks()).to.deep.equal([`6: -s 2001:db8::7/128 ${OPEN}`]);
    await closePort(client, { ...SSH, source: '2001:0db8::0007' });
    await closePort(client, SSH);
    expect(await host.knocks()).to.deep.equal([]);
  });

  it('leave the rest of the firewall alone', async () => {
    await host.run('iptables', '-A', 'INPUT', '-p', 'tcp', '--dport', '80', '-j', 'ACCEPT');
    await host.run('iptables', '-P', 'INPUT', 'DROP');
    await openPort(client, SSH);
    const rules = (await host.run('iptables', '-S', 'INPUT')).trim().split('\n');
    expect(rules).to.deep.equal([
      '-P INPUT DROP',
      '-A INPUT -j BLOCKHOST-KNOCK',
      '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT',
    ]);
  });

  it('close by themselves when their time is over', async () => {
    await openPort(client, SSH, { seconds: 1 });
    await openPort(client, { ...SSH, comment: 'longer' }, { seconds: 600 });
    await poll(async () => (await host.knocks()).every((rule) => rule.includes('longer')));
    expect(await host.knocks()).to.have.lengthOf(2);
  });

  it('close by themselves although the agent was killed meanwhile', async () => {
    await openPort(client, SSH, { seconds: 1 });
    agent.kill('SIGKILL');
    await agent.ended;
    expect(await host.knocks()).to.have.lengthOf(2);
    await host.start();
    await closed();
  });

  it('stay open over a restart of the agent while they have time, and are shut while it is stopped', async () => {
    await openPort(client, SSH, { seconds: 600 });
    agent.kill('SIGTERM');
    await agent.ended;
    expect(await host.knocks()).to.deep.equal([]);
    await host.start();
    expect(await host.knocks()).to.have.lengthOf(2);
  });

  it('are closed at the next start when nobody remembers them', async () => {
    await openPort(client, SSH);
    agent.kill('SIGKILL');
    await agent.ended;
    await host.put('/run/blockhost/root-agent/knocks.json', 'no JSON');
    await host.start();
    expect(await host.knocks()).to.deep.equal([]);
  });

  it('are closed at the next start when the machine was started anew', async () => {
    await openPort(client, SSH);
    agent.kill('SIGKILL');
    await agent.ended;
    const journal = await host.json('/run/blockhost/root-agent/knocks.json');
    await host.put('/run/blockhost/root-agent/knocks.json', { ...journal, boot: 'another' });
    await host.start();
    expect(await host.knocks()).to.deep.equal([]);
  });

  for (const step of ['journal', 'ipv4', 'ipv6'])
    for (const place of ['before', 'after'])
      for (const action of ['iptables-open', 'iptables-close'] as const)
        it(`agree with the agent's list after a kill ${place} the step ${step} of ${action}`, async () => {
          if (action === 'iptables-close') await openPort(client, SSH, { seconds: 600 });
          agent.kill('SIGTERM');
          await agent.ended;
          agent = await host.start({ BLOCKHOST_FAILPOINT: `${action}.${step}:${place}` });
          const asked =
            action === 'iptables-open' ? openPort(client, SSH, { seconds: 600 }) : closePort(client, SSH);
          const error = await asked.then(
            () => null,
            (each) => each,
          );
          expect(error).to.have.property('code', 'root-agent.unanswered');
          expect((await agent.ended).signal).to.equal('SIGKILL');
          await host.start();
          const none = { rules: [] };
          const journal = await host.json('/run/blockhost/root-agent/knocks.json').catch(() => none);
          expect(await host.knocks()).to.have.lengthOf(2 * (journal.rules as unknown[]).length);
          // Done again it ends as if it had been done once.
          await (action === 'iptables-open' ? openPort(client, SSH) : closePort(client, SSH));
          expect(await host.knocks()).to.have.lengthOf(action === 'iptables-open' ? 2 : 0);
          const begun = (await host.audit()).filter(
            (line) => line.event === 'begin' && line.action === action,
          );
          expect(begun).to.have.lengthOf(2);
        });

  for (const [what, wrong] of [
    ['port 0', { port: 0 }],
    ['port 65536', { port: 65_536 }],
    ['a port that is text', { port: '22' }],
    ['a port that is true', { port: true }],
    ['half a port', { port: 22.5 }],
    ['an unknown protocol', { proto: 'icmp' }],
    ['a comment with a blank', { comment: 'a b' }],
    ['a comment with a line feed at its end', { comment: 'a\n' }],
    ['a comment with another rule in it', { comment: 'a -j ACCEPT\n-A INPUT -j ACCEPT' }],
    ['a comment that is empty', { comment: '' }],
    ['a comment of 65 letters', { comment: 'a'.repeat(65) }],
    ['a source that is a network', { source: '10.0.0.0/8' }],
    ['a source that is a name', { source: 'example.org' }],
    ['a source with a zone', { source: 'fe80::1%eth0' }],
    ['a source with a line feed', { source: '192.0.2.7\n' }],
    ['an IPv4 source written as IPv6', { source: '::ffff:192.0.2.7' }],
    ['a source that begins with a dash', { source: '-j' }],
    ['more than an hour', { seconds: 3_601 }],
    ['no time at all', { seconds: 0 }],
    ['a chain', { chain: 'INPUT' }],
  ] as const)
    it(`are refused for ${what}`, async () => {
      const error = await client.call('iptables-open', { ...SSH, ...wrong }).then(
        () => null,
        (each) => each,
      );
      expect(error).to.have.property('code', 'root-agent.invalid-params');
      expect(await host.knocks()).to.deep.equal([]);
    });

  it('are not left open in one family when the other fails, and the agent is unhealthy until it can make sure', async () => {
    await openPort(client, { ...SSH, comment: 'before' });
    await host.breakProgram('ip6tables-restore');
    const error = await openPort(client, SSH).then(
      () => null,
      (each) => each,
    );
    expect(error).to.have.property('code', 'root-agent.failed');
    expect((await host.knocks()).every((rule) => rule.includes('before'))).to.equal(true);
    await agent.line(/the firewall does not follow/);
    await host.mendPrograms();
    await poll(async () => {
      const { rules } = (await host.json('/run/blockhost/root-agent/knocks.json')) as { rules: unknown[] };
      return rules.length === 1;
    });
    expect(await host.knocks()).to.have.lengthOf(2);
  });

  it('are remembered in a folder that the agent takes from nobody', async () => {
    agent.kill('SIGTERM');
    await agent.ended;
    await rm(host.paths.resolve('/run/blockhost/root-agent'), { recursive: true, force: true });
    const lure = await mkdtemp(join(tmpdir(), 'blockhost-lure-'));
    try {
      await symlink(lure, host.paths.resolve('/run/blockhost/root-agent'));
      await host.start();
      await openPort(client, SSH);
      expect(await readdir(lure)).to.deep.equal([]);
      expect((await lstat(host.paths.resolve('/run/blockhost/root-agent'))).mode & 0o777).to.equal(0o700);
    } finally {
      await rm(lure, { recursive: true });
    }
  });
});

async function poll(ask: () => Promise<boolean>): Promise<void> {
  let done = false;
  let failed: unknown;
  void (async () => {
    while (!done && failed === undefined) done = await ask();
  })().catch((error) => {
    failed = error;
  });
  await until(() => done || failed !== undefined);
  if (failed !== undefined) throw failed;
}
