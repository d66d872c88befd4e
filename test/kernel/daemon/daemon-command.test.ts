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
    expect(second.lines.join('\n')).to.contain('is already running').and.contain(`pid: ${first.pid}`);
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
  ] as const)
    it(`logs why and ends with 1 when ${what}`, async () => {
      const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: behaviour });
      expect((await daemon.ended).code).to.equal(1);
      const failed = daemon.lines.find((line) => line.includes('daemon failed'));
      expect(JSON.parse(failed ?? '{}').error).to.deep.include({ message });
      expect(existsSync(inRun('beat.pid'))).to.equal(false);
    });

  it('keeps secrets out of all it prints when an exception reaches nobody', async () => {
    const daemon = host.run(['daemon', 'beat'], { BEHAVIOUR: 'stray' });
    expect((await daemon.ended).code).to.equal(1);
    const output = daemon.lines.join('\n');
    expect(output).to.contain('nobody caught https://[redacted]@rpc.example/');
    expect(output).to.not.contain('hunter2');
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
    const daemon = host.run(['daemon', 'baet']);
    expect((await daemon.ended).code).to.equal(2);
    expect(daemon.lines.join('\n'))
      .to.contain('No plugin has a daemon "baet".')
      .and.contain('Did you mean "beat"?');
  });
});
