import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Daemon, DaemonContext } from '../entries/daemon.js';
import { BlockhostError, hasCode } from '../errors/blockhost-error.js';
import { createExec } from '../exec/create-exec.js';
import { createLogger } from '../log/create-logger.js';
import { resolvePaths } from '../paths/resolve-paths.js';
import { readHealth } from './health-file.js';
import { runDaemon } from './run-daemon.js';

describe('runDaemon', () => {
  let root: string;
  const log = createLogger({ sink: () => {} });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'blockhost-run-daemon-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function run(daemon: Partial<Daemon>, { stopWithinMs = 200 } = {}) {
    const calls: string[] = [];
    const started = Promise.withResolvers<DaemonContext>();
    const stopping = new AbortController();
    const paths = resolvePaths({ BLOCKHOST_ROOT: root });
    const whole: Daemon = {
      async start(context) {
        calls.push('start');
        context.signal.addEventListener('abort', () => calls.push('abort'));
        started.resolve(context);
        await daemon.start?.(context);
      },
      health: daemon.health ?? (async () => ({ healthy: true })),
      async stop() {
        calls.push('stop');
        await daemon.stop?.();
      },
    };
    const ended = runDaemon({
      id: 'd',
      load: async () => whole,
      paths,
      exec: createExec({ paths }),
      log,
      signal: stopping.signal,
      stopWithinMs,
      healthEveryMs: 20,
    }).then(
      () => 'stopped' as const,
      (error: unknown) => error,
    );
    return { calls, started: started.promise, stop: () => stopping.abort(), ended, paths };
  }

  it('starts, aborts the work when told, and stops, in this order', async () => {
    const daemon = run({});
    await daemon.started;
    daemon.stop();
    expect(await daemon.ended).to.equal('stopped');
    expect(daemon.calls).to.deep.equal(['start', 'abort', 'stop']);
  });

  it('stops a daemon that is told to while it still starts', async () => {
    const daemon = run({
      start: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    await daemon.started;
    daemon.stop();
    expect(await daemon.ended).to.equal('stopped');
    expect(daemon.calls).to.deep.equal(['start', 'abort', 'stop']);
  });

  it('ends with what the work failed with, after the daemon was stopped', async () => {
    const daemon = run({});
    const failure = new BlockhostError('test.broken', 'It broke.');
    (await daemon.started).fail(failure);
    expect(await daemon.ended).to.equal(failure);
    expect(daemon.calls).to.deep.equal(['start', 'abort', 'stop']);
  });

  it('ends with what failed first when the stop fails as well', async () => {
    const daemon = run({ stop: () => Promise.reject(new Error('second')) });
    const failure = new Error('first');
    (await daemon.started).fail(failure);
    expect(await daemon.ended).to.equal(failure);
  });

  it('does not wait longer than told for a daemon that does not stop', async () => {
    const daemon = run({ stop: () => new Promise(() => {}) }, { stopWithinMs: 20 });
    await daemon.started;
    daemon.stop();
    expect(hasCode(await daemon.ended, 'daemon.stop-timeout')).to.equal(true);
    expect(existsSync(join(daemon.paths.run, 'd.pid'))).to.equal(false);
  });

  it('runs one daemon of a name at a time', async () => {
    const first = run({});
    await first.started;
    expect(hasCode(await run({}).ended, 'daemon.already-running')).to.equal(true);
    first.stop();
    await first.ended;
    const next = run({});
    await next.started;
    next.stop();
    expect(await next.ended).to.equal('stopped');
  });

  it('writes what the daemon says of its health, and that a failing answer is unhealthy', async () => {
    let answers = 0;
    const asked = Promise.withResolvers<void>();
    const daemon = run({
      async health() {
        answers += 1;
        if (answers > 2) asked.resolve();
        throw new Error('no answer');
      },
    });
    (await daemon.started).status('working');
    await asked.promise;
    // However old it is: a busy machine may not have let the daemon be asked again.
    expect(await readHealth(daemon.paths, 'd', 0)).to.deep.include({
      healthy: false,
      reason: 'no answer',
      status: 'working',
    });
    daemon.stop();
    await daemon.ended;
  });

  it('calls health that nobody renewed silent', async () => {
    const answered = Promise.withResolvers<void>();
    const daemon = run({
      async health() {
        setImmediate(answered.resolve);
        return { healthy: true };
      },
    });
    await answered.promise;
    await daemon.started;
    while (!existsSync(join(daemon.paths.run, 'd-health.json'))) await new Promise(setImmediate);
    const later = await readHealth(daemon.paths, 'd', Date.now() + 60_000).catch((error: unknown) => error);
    expect(hasCode(later, 'daemon.silent')).to.equal(true);
    daemon.stop();
    await daemon.ended;
  });
});
