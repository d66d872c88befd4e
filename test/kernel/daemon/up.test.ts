import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StartedProcess } from './started-process.js';
import { TestHost } from './test-host.js';
import { isRunning, until } from './until.js';

describe('blockhost up', function () {
  this.timeout(30_000);
  let host: TestHost;
  beforeEach(() => {
    host = new TestHost();
  });
  afterEach(() => host.remove());

  const pidOf = (id: string) => Number(readFileSync(join(host.paths.run, `${id}.pid`), 'utf8'));

  /** Pids of the daemons, once all are ready. */
  async function ready(up: StartedProcess, ...ids: string[]): Promise<number[]> {
    for (const id of ids) await up.line(new RegExp(`^${id} +\\| .*daemon ready`));
    return ids.map(pidOf);
  }

  it('runs all daemons with readable logs behind their names, and stops them at Ctrl-C', async () => {
    const up = host.run(['up']);
    const pids = await ready(up, 'beat', 'pulse');
    up.kill('SIGINT');
    expect(await up.ended).to.deep.equal({ code: 0, signal: null });
    expect(pids.filter(isRunning)).to.deep.equal([]);
    expect(up.lines).to.satisfy((lines: string[]) =>
      lines.some((line) => /^beat {2}\| .*daemon stopped/.test(line)),
    );
    expect(up.lines).to.satisfy((lines: string[]) =>
      lines.some((line) => /^pulse \| .*daemon stopped/.test(line)),
    );
  });

  it('runs only the named ones', async () => {
    const up = host.run(['up', 'pulse']);
    await ready(up, 'pulse');
    up.kill('SIGTERM');
    await up.ended;
    expect(up.lines.join('\n')).to.not.contain('beat');
  });

  it('starts a killed daemon again', async () => {
    const up = host.run(['up', 'beat']);
    const [first = 0] = await ready(up, 'beat');
    process.kill(first, 'SIGKILL');
    await up.line(/ended with signal SIGKILL; starts again in 1\.0 s/);
    await until(() => {
      const pid = pidOf('beat');
      return pid !== first && isRunning(pid);
    });
  });

  it('waits longer after each crash', async () => {
    const up = host.run(['up', 'beat'], { BEHAVIOUR: 'fail' });
    await up.line(/ended with code 1; starts again in 1\.0 s/);
    await up.line(/ended with code 1; starts again in 2\.0 s/);
  });

  it('leaves no daemon behind when it is killed itself', async () => {
    const up = host.run(['up']);
    const pids = await ready(up, 'beat', 'pulse');
    up.kill('SIGKILL');
    await up.ended;
    await until(() => !pids.some(isRunning));
  });

  it('leaves no daemon behind either whose code blocks its process', async () => {
    const up = host.run(['up', 'beat'], { BEHAVIOUR: 'blocked' });
    await up.line(/blocking/);
    const pid = pidOf('beat');
    up.kill('SIGKILL');
    await up.ended;
    await until(() => !isRunning(pid));
  });

  it('refuses when one of them runs already, and starts none', async () => {
    const first = host.run(['daemon', 'pulse']);
    await first.line(/daemon ready/);
    const up = host.run(['up']);
    expect((await up.ended).code).to.equal(1);
    expect(up.lines[0]).to.equal('The daemon "pulse" is already running.');
    expect(up.lines[1]).to.contain(`pid: ${first.pid}`);
  });

  it('colours names and logs in a terminal, and leaves no daemon behind when that is closed', async () => {
    const terminal = host.runInTerminal(['up']);
    await terminal.line(/\[36mbeat {2}\|.*\[32mINFO.*daemon ready/);
    await terminal.line(/\[35mpulse \|.*\[32mINFO.*daemon ready/);
    const pids = ['beat', 'pulse'].map(pidOf);
    await terminal.end();
    await until(() => !pids.some(isRunning));
  });

  it('names the daemons there are when asked for another', async () => {
    const up = host.run(['up', 'pulze']);
    expect((await up.ended).code).to.equal(2);
    expect(up.lines.join('\n')).to.contain('Did you mean "pulse"?');
  });
});
