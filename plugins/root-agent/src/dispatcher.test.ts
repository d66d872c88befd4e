import { createHostConfig, type RootAction } from '@blockhost/kernel';
import { makeHostRoot, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { Audit } from './audit.js';
import { Dispatcher } from './dispatcher.js';
import { WorkQueue } from './work-queue.js';

describe('the dispatcher of the root agent', () => {
  it('ends what is under way when it is told to, and says that it is not done', async () => {
    const host = await makeHostRoot({ plugins: [] });
    try {
      const begun = Promise.withResolvers<void>();
      const endless: RootAction = {
        name: 'endless',
        parameters: { type: 'object', additionalProperties: false },
        timeoutMs: 60_000,
        resource: () => 'x',
        run: (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve({}));
            begun.resolve();
          }),
      };
      const { paths } = host;
      const log = new RecordingLogger();
      const dispatcher = new Dispatcher({
        table: { actions: new Map([['endless', endless]]), problems: [] },
        queue: new WorkQueue({ places: 1, queued: 1 }),
        audit: new Audit(paths, log),
        config: createHostConfig({ paths }),
        onEnd: () => {},
        paths,
        log,
      });
      const answer = dispatcher.answer({ action: 'endless', params: {} }, async () => null);
      await begun.promise;
      dispatcher.endAll();
      expect(await answer).to.include({ ok: false, code: 'timeout' });
    } finally {
      await host.dispose();
    }
  });
});
