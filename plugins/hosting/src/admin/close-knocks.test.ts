import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { closeKnocks } from './close-knocks.js';
import { KnockJournal } from './knock-journal.js';
import { TestAdmin } from './test-admin.js';

describe('closeKnocks', () => {
  let host: TestAdmin;

  beforeEach(async () => {
    host = await TestAdmin.create();
    await host.commands.start();
    for (const port of [22, 8006]) {
      host.order({ params: { ports: [port] } });
      await host.look();
    }
  });
  afterEach(() => host.dispose());

  const ids = async () => (await new KnockJournal(host.base.paths).read()).knocks.map(({ id }) => id);
  /** As a command does it, in a process of its own. */
  const close = async (id: string | null, options: { rootAgent?: null; signal?: AbortSignal } = {}) => {
    const { signal = new AbortController().signal, rootAgent = host.firewall } = options;
    const { clock, log } = host;
    let over = false;
    const closing = closeKnocks(id, { clock, log, paths: host.base.paths, rootAgent }, signal).finally(() => {
      over = true;
    });
    closing.catch(() => {});
    await host.until('the command to end', () => over, 200);
    return closing;
  };
  const failure = (closing: Promise<unknown>) => closing.then(null, (error: unknown) => error);

  it('has the monitor close one of them, and leaves the other', async () => {
    const [first = ''] = await ids();
    expect(await close(first)).to.deep.equal([first]);
    expect(host.firewall.open).to.deep.equal(['8006 everybody']);
  });

  it('closes all of them', async () => {
    expect(await close(null)).to.have.lengthOf(2);
    expect(host.firewall.open).to.deep.equal([]);
    expect(await close(null)).to.deep.equal([]);
  });

  it('closes by itself what a monitor left that runs no more', async () => {
    host.firewall.fails = () => 'root-agent.unreachable';
    await host.stop(500);
    host.firewall.fails = () => null;
    expect(host.firewall.open).to.have.lengthOf(2);
    expect(await close(null)).to.have.lengthOf(2);
    expect(host.firewall.open).to.deep.equal([]);
  });

  it('never says closed while the root agent does not', async () => {
    host.firewall.fails = (change) => (change.startsWith('close') ? 'root-agent.unreachable' : null);
    const abort = new AbortController();
    const closing = failure(close(null, { signal: abort.signal }));
    await host.until('the monitor to try', () =>
      host.log.records.some(({ message }) => message === 'a knock cannot be closed yet; closing goes on'),
    );
    abort.abort();
    expect(hasCode(await closing, 'admin.still-open')).to.equal(true);
  });

  it('refuses what there is not, and what nobody can close', async () => {
    expect(hasCode(await failure(close('00')), 'admin.no-such-knock')).to.equal(true);
    host.firewall.fails = () => 'root-agent.unreachable';
    await host.stop(500);
    expect(hasCode(await failure(close(null, { rootAgent: null })), 'admin.no-root-agent')).to.equal(true);
  });
});
