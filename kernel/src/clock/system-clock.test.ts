import { expect } from 'chai';
import { systemClock } from './system-clock.js';

describe('systemClock', () => {
  it('sleeps at least as long as it was told', async () => {
    const before = performance.now();
    await systemClock.sleep(15);
    expect(performance.now() - before).to.be.at.least(14);
  });

  it('rejects a sleep with the reason of the abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const sleeping = systemClock.sleep(60_000, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await sleeping).to.equal(reason);
  });

  it('does not begin a sleep under an aborted signal', async () => {
    const reason = new Error('before');
    expect(await systemClock.sleep(1, AbortSignal.abort(reason)).catch((error: unknown) => error)).to.equal(
      reason,
    );
  });

  it('takes a sleep longer than a timer can hold without firing at once', async () => {
    const controller = new AbortController();
    let woke = false;
    const sleeping = systemClock.sleep(2 ** 40, controller.signal).then(
      () => {
        woke = true;
      },
      () => {},
    );
    await systemClock.sleep(10);
    expect(woke).to.equal(false);
    controller.abort();
    await sleeping;
  });
});
