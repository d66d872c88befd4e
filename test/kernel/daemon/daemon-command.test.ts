import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestHost } from './test-host.js';
import { until } from './until.js';

describe('blockhost daemon', function () {
  this.timeout(20_000);
  let host: TestHost;
  beforeEach(() => {
    host = new TestHost();
  });
  afterEach(() => host.remove());

  const inRun = (name: string) => join(host.paths.run, name);

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`runs until ${signal}, then ends with 0 and leaves neither pid nor health file`, async () => {
      const daemon = host.run(['daemon', 'beat']);
      await daemon.line(/daemon ready/);
      expect(readFileSync(inRun('beat.pid'), 'utf8')).to.equal(`${daemon.pid}\n`);
      await until(() => existsSync(inRun('beat-health.json')));
      daemon.kill(signal);
      expect(await daemon.ended).to.deep.equal({ code: 0, signal: null });
      expect(existsSync(inRun('beat.pid'))).to.equal(false);
      expect(existsSync(inRun('beat-health.json'))).to.equal(false);
      expect(daemon.lines.at(-1)).to.contain('daemon stopped');
    });

  it('ends at once when a second signal comes while it stops', async () => {
    const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: 'restless' });
    await daemon.line(/daemon ready/);
    daemon.kill('SIGTERM');
    await daemon.line(/not yet/);
    daemon.kill('SIGINT');
    expect(await daemon.ended).to.deep.equal({ code: null, signal: 'SIGINT' });
  });

  it('logs JSON lines that name the process when nobody watches', async () => {
    const daemon = host.run(['daemon', 'beat']);
    const [line] = (await daemon.line(/.*daemon ready.*/)) ?? [];
    expect(JSON.parse(line)).to.deep.include({ level: 'info', message: 'daemon ready', process: 'beat' });
  });

  it('refuses to run twice and names the process that runs', async () => {
    const first = host.run(['daemon', 'beat']);
    await first.line(/daemon ready/);
    const second = host.run(['daemon', 'beat']);
    expect((await second.ended).code).to.equal(1);
    const { error } = JSON.parse(second.lines.join('\n'));
    expect(error).to.include({ message: 'The daemon "beat" is already running.' });
    expect(error.facts).to.include({ pid: first.pid });
    await host.run(['daemon', 'pulse']).line(/daemon ready/);
  });

  it('starts after its predecessor was killed, whatever that left behind', async () => {
    const first = host.run(['daemon', 'beat']);
    await first.line(/daemon ready/);
    first.kill('SIGKILL');
    await first.ended;
    expect(existsSync(inRun('beat.pid'))).to.equal(true);
    const second = host.run(['daemon', 'beat']);
    await second.line(/daemon ready/);
    expect(readFileSync(inRun('beat.pid'), 'utf8')).to.equal(`${second.pid}\n`);
  });

  for (const [behaviour, what, message] of [
    ['no-start', 'its start fails', 'the port is in use'],
    ['fail', 'its work fails', 'the heart stopped'],
    ['unhandled', 'a rejection reaches nobody', 'nobody awaited'],
    ['stray', 'an exception reaches nobody', 'nobody caught https://[redacted]@rpc.example/'],
  ] as const) {
    it(`stops, logs why in one record and ends with 1 when ${what}`, async () => {
      const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: behaviour });
      expect((await daemon.ended).code).to.equal(1);
      expect(daemon.lines.indexOf('resting')).to.equal(daemon.lines.length - 2);
      const { message: what, error } = JSON.parse(daemon.lines.at(-1) ?? '');
      expect(what).to.equal('daemon failed');
      expect((error.cause ?? error).message).to.equal(message);
      expect(daemon.lines.filter((line) => line.includes(message))).to.have.length(1);
      expect(existsSync(inRun('beat.pid'))).to.equal(false);
    });

    it(`tells a person as help text, and no other way, when ${what}`, async () => {
      const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: behaviour, BLOCKHOST_LOG_FORMAT: 'text' });
      expect((await daemon.ended).code).to.equal(1);
      const output = daemon.lines.slice(daemon.lines.indexOf('resting') + 1).join('\n');
      expect(output).to.contain(message).and.contain('fault of the plugin').and.contain('heart');
      expect(daemon.lines.join('\n')).to.not.contain('ERROR').and.not.contain('hunter2');
    });
  }

  it('goes on when it is another, optional plugin whose error nobody caught', async () => {
    host.install('crashes-later');
    host.install('injects-optionally');
    const daemon = host.run(['daemon', 'one']);
    await daemon.line(/plugin crashed.*thrown long after activation/);
    await until(() => existsSync(inRun('one-health.json')));
    daemon.kill('SIGTERM');
    expect(await daemon.ended).to.deep.equal({ code: 0, signal: null });
  });

  it('tells the health of a running daemon and ends with 0', async () => {
    const daemon = host.run(['daemon', 'beat']);
    await daemon.line(/daemon ready/);
    await until(() => existsSync(inRun('beat-health.json')));
    const asked = host.run(['daemon', 'beat', '--health', '--json']);
    expect((await asked.ended).code).to.equal(0);
    expect(JSON.parse(asked.lines.join('\n'))).to.deep.include({
      healthy: true,
      status: 'beating',
      facts: { beats: 7 },
      pid: daemon.pid,
    });
  });

  it('ends with 1 and the reason when the daemon is unhealthy', async () => {
    const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: 'ill' });
    await daemon.line(/daemon unhealthy/);
    await until(() => existsSync(inRun('beat-health.json')));
    const asked = host.run(['daemon', 'beat', '--health']);
    expect((await asked.ended).code).to.equal(1);
    expect(asked.lines[0]).to.equal('beat is unhealthy: no blood');
  });

  it('ends with 1 when a killed daemon left its health behind', async () => {
    const daemon = host.run(['daemon', 'beat']);
    await until(() => existsSync(inRun('beat-health.json')));
    daemon.kill('SIGKILL');
    await daemon.ended;
    const asked = host.run(['daemon', 'beat', '--health']);
    expect((await asked.ended).code).to.equal(1);
    expect(asked.lines[0]).to.equal('The daemon "beat" is not running.');
  });

  it('proposes the nearest name for one that no plugin has', async () => {
    for (const flags of [[], ['--health']]) {
      const daemon = host.run(['daemon', 'baet', ...flags], { BLOCKHOST_LOG_FORMAT: 'text' });
      expect((await daemon.ended).code).to.equal(2);
      expect(daemon.lines.join('\n'))
        .to.contain('No plugin has a daemon "baet".')
        .and.contain('Did you mean "beat"?');
    }
  });
});
