import { BlockhostError, type Logger } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import { CursorStore } from './cursor.js';
import { RangeWatch } from './range-watch.js';
import type { RangeWatcher } from './range-watcher.js';

describe('RangeWatch', () => {
  let host: TestHost;
  let log: RecordingLogger;
  let scanner: { cursors: CursorStore; rewinds: number };
  let seen: string[];
  let act: (from: number, to: number) => Promise<void>;
  let mode: string;

  beforeEach(async () => {
    host = await TestHost.create();
    log = new RecordingLogger();
    scanner = { cursors: new CursorStore(host.database, 'fake:1', 'contract'), rewinds: 0 };
    seen = [];
    act = async () => {};
    mode = 'self';
  });
  afterEach(() => host.dispose());

  const { signal } = new AbortController();
  const watcher: RangeWatcher = {
    name: 'watcher',
    start: async () => mode,
    async look(from, to) {
      seen.push(`${from}-${to}`);
      await act(from, to);
    },
    async stop() {
      seen.push('stop');
    },
  };
  const watch = async (options: { largestChunk?: number } = {}) => {
    const started = new RangeWatch({ log: log as Logger }, scanner, [watcher], options);
    await started.start(signal);
    return started;
  };
  const scannedTo = (height: number) => scanner.cursors.move(host.database, { height, hash: '0x01' }, 1);
  const fails = (code: string) => async () => {
    throw new BlockhostError(code, 'It fails.');
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: { code?: string }) => error.code,
    );

  it('shows nothing of the time before somebody watched, then every block once, also after a restart', async () => {
    await scannedTo(100);
    await (await watch()).tick(signal);
    await scannedTo(110);
    await (await watch()).tick(signal);
    await (await watch()).tick(signal);
    await scannedTo(111);
    await (await watch()).tick(signal);
    expect(seen).to.deep.equal(['101-110', '111-111']);
  });

  it('shows the same blocks again when the chain could not be read', async () => {
    await scannedTo(100);
    const started = await watch();
    await started.tick(signal);
    await scannedTo(103);
    act = fails('chain.unreachable');
    expect(await codeOf(started.tick(signal))).to.equal('chain.unreachable');
    act = async () => {};
    await started.tick(signal);
    expect(seen).to.deep.equal(['101-103', '101-103']);
  });

  it('shows fewer blocks when there were too many, and gives up at one', async () => {
    await scannedTo(0);
    const started = await watch({ largestChunk: 4 });
    await started.tick(signal);
    await scannedTo(5);
    act = async (from, to) => {
      if (to > from) await fails('chain.range-too-large')();
    };
    await started.tick(signal);
    expect(seen).to.deep.equal(['1-4', '1-2', '1-1', '2-2', '3-3', '4-4', '5-5']);
    await scannedTo(6);
    act = fails('chain.range-too-large');
    expect(await codeOf(started.tick(signal))).to.equal('chain.range-too-large');
  });

  it('logs any other failure and goes on behind these blocks', async () => {
    await scannedTo(1);
    const started = await watch();
    await started.tick(signal);
    await scannedTo(2);
    act = fails('admin.broken');
    await started.tick(signal);
    await started.tick(signal);
    expect(seen).to.deep.equal(['2-2']);
    expect(log.records.map(({ level, message }) => [level, message])).to.deep.include([
      'error',
      'a watcher failed on blocks, which count as seen',
    ]);
  });

  it('shows replaced blocks anew, also those replaced while it looked', async () => {
    await scannedTo(10);
    const started = await watch();
    await started.tick(signal);
    await scannedTo(14);
    act = async () => {
      scanner.rewinds += 1;
    };
    await started.tick(signal);
    act = async () => {};
    await started.tick(signal);
    expect(seen.splice(0)).to.deep.equal(['11-14', '11-14']);
    await scannedTo(8);
    await scannedTo(12);
    await started.tick(signal);
    expect(seen).to.deep.equal(['9-12']);
  });

  it('forgets where it was while nobody watches, and asks a watcher that is off for nothing', async () => {
    await scannedTo(1);
    await (await watch()).tick(signal);
    mode = 'off';
    await scannedTo(5);
    await (await watch()).tick(signal);
    mode = 'self';
    await (await watch()).tick(signal);
    await scannedTo(6);
    await (await watch()).tick(signal);
    expect(seen).to.deep.equal(['6-6']);
  });

  it('stops its watchers, also one that could not start', async () => {
    const broken = new RangeWatch({ log: log as Logger }, scanner, [
      { ...watcher, start: fails('admin.no-key') as RangeWatcher['start'] },
    ]);
    expect(await broken.start(signal)).to.deep.equal({ watcher: 'off' });
    await broken.stop();
    expect(seen).to.deep.equal(['stop']);
  });
});
