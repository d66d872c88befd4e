import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { Bench, commandSource, launcher } from './launcher.js';

describe('an interrupted command', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await Bench.make();
    const wait = `import { setTimeout } from 'node:timers/promises';\n`;
    await bench.install({
      name: 'waiter',
      commands: {
        'wait/gently': {
          summary: 'Wait',
          source: `${wait}${commandSource(
            'Wait',
            `const { signal } = this; this.progress('waiting');
             try { await setTimeout(60_000, null, { signal }); } finally { this.progress('tidied up'); }`,
          )}`,
        },
        'wait/stubbornly': {
          summary: 'Wait',
          source: `${wait}${commandSource(
            'Wait',
            `this.signal.addEventListener('abort', () => this.progress('not yet')); this.progress('waiting'); await setTimeout(60_000);`,
          )}`,
        },
      },
    });
  });
  after(() => bench.dispose());

  /** Starts a command and answers how to wait until it has said something on stderr, and for its end. */
  function start(how: string) {
    const child = spawn(launcher, ['wait', how], {
      env: bench.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const says = async (text: string) => {
      while (!said.includes(text)) await once(child.stderr, 'data');
    };
    const end = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    return { child, says, end, said: () => said };
  }

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`tidies up after the first ${signal} and ends with ${code}`, async () => {
      const { child, says, end, said } = start('gently');
      await says('waiting');
      child.kill(signal);
      expect(await end).to.deep.equal([code, null]);
      expect(said()).to.equal(`waiting\ntidied up\nInterrupted by ${signal}.\n`);
    });

  for (const [first, second] of [
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)
    it(`is ended at once by ${second} after ${first}`, async () => {
      const { child, says, end } = start('stubbornly');
      await says('waiting');
      child.kill(first);
      await says('not yet');
      child.kill(second);
      expect(await end).to.deep.equal([null, second]);
    });
});
