import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { KnockJournal } from './knock-journal.js';
import { TestAdmin } from './test-admin.js';

/** The administrator, and somebody else. */
const ADMIN = '192.0.2.7';
const OTHER = '2001:db8::7';

describe('a knock', () => {
  let host: TestAdmin;

  beforeEach(async () => {
    host = await TestAdmin.create();
    await host.commands.start();
  });
  afterEach(() => host.dispose());

  const knock = async (params: Record<string, unknown> = { ports: [22] }) => {
    host.order({ params });
    await host.look();
  };
  const journal = async () => (await new KnockJournal(host.base.paths).read()).knocks;
  const logged = (message: string) => host.log.records.filter((record) => record.message === message).length;
  /** Somebody logs in, a second from now. */
  const login = async (address: string) => {
    host.clock.advance(1_000);
    await host.signal.write(address, host.clock.now());
  };
  /** Lets every life take a look. */
  const looks = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      const { sleeping } = host.clock;
      host.clock.advance(1_000);
      await host.until('all to sleep again', () => host.clock.sleeping >= sleeping);
    }
  };

  it('opens nothing that its definition does not allow', async () => {
    await knock({ ports: [22, 23, 443] });
    expect(host.firewall.open).to.deep.equal(['22 everybody']);
    await knock({ ports: [443] });
    expect(host.firewall.open).to.deep.equal(['22 everybody']);
    expect(await host.states()).to.deep.equal(['done', 'failed']);
  });

  it('closes when its time is over, not before', async () => {
    await knock({ ports: [22], duration: 60 });
    await looks(59);
    expect(host.firewall.open).to.deep.equal(['22 everybody']);
    host.clock.advance(1_000);
    await host.open([]);
    await host.until('the journal to forget it', async () => (await journal()).length === 0);
  });

  it('closes when the clock is set back behind its beginning', async () => {
    await knock({ ports: [22], duration: 3_600 });
    host.clock.advance(-100_000);
    await host.commands.stop();
    await host.restart();
    await host.open([]);
  });

  describe('that cannot be opened', () => {
    for (const [what, failure] of [
      ['refused', 'root-agent.failed'],
      ['unanswered, though done', 'root-agent.unanswered!'],
      ['not reached', 'root-agent.unreachable'],
    ] as const)
      it(`at its second port, ${what}: closes the first and says that it failed`, async () => {
        host.firewall.fails = (change) => (change.startsWith('open 8006') ? failure : null);
        await knock({});
        await host.open([]);
        expect((await host.orders())[0]).to.include({
          state: 'failed',
          reason: 'The root agent did not do it.',
        });
        await host.until('the journal to forget it', async () => (await journal()).length === 0);
      });

    it('and not be closed either: goes on until it is proven closed', async () => {
      host.firewall.fails = (change) =>
        change.startsWith('open 8006') || change.startsWith('close') ? 'root-agent.unreachable' : null;
      await knock({});
      expect(await host.states()).to.deep.equal(['failed']);
      await looks(30);
      expect(host.firewall.open).to.deep.equal(['22 everybody']);
      expect((await journal())[0]).to.include({ phase: 'closing' });
      host.firewall.fails = () => null;
      await host.open([], 1_000);
    });
  });

  describe('after a login', () => {
    it('is narrowed to who logged in: first open to them, then closed to the rest', async () => {
      await knock({});
      const start = host.firewall.changes.length;
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`, `8006 ${ADMIN}`], 1_000);
      expect(
        host.firewall.changes.slice(start).map((change) => change.split(' ').slice(0, 3).join(' ')),
      ).to.deep.equal([
        `open 22 ${ADMIN}`,
        `open 8006 ${ADMIN}`,
        'close 22 everybody',
        'close 8006 everybody',
      ]);
    });

    it('stays open beyond its time for who is there, and closes when they are gone for 15 minutes', async () => {
      await knock({ ports: [22], duration: 60 });
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`], 1_000);
      host.clock.advance(800_000);
      await looks(2);
      expect(host.firewall.open).to.deep.equal([`22 ${ADMIN}`]);
      host.clock.advance(150_000);
      await host.open([], 1_000);
    });

    it('closes when the signal is gone', async () => {
      await knock();
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`], 1_000);
      await rm(host.signal.path);
      host.clock.advance(30_000);
      await host.open([], 1_000);
    });

    it('stays open while they are connected, and makes the signal fresh', async () => {
      await knock();
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`], 1_000);
      const table = host.base.paths.resolve('/proc/net/tcp');
      await mkdir(dirname(table), { recursive: true });
      // 192.0.2.7 at port 22 of this host, in the byte order of the kernel.
      await writeFile(table, 'sl local rem st\n 0: 010200C0:0016 070200C0:D431 01 00000000:00000000\n');
      for (let each = 0; each < 4; each += 1) {
        host.clock.advance(600_000);
        await looks(2);
      }
      expect(host.firewall.open).to.deep.equal([`22 ${ADMIN}`]);
      const age = async () => host.clock.now() - ((await host.signal.read())?.at ?? 0);
      await host.until('the signal to be fresh', async () => (await age()) < 60_000, 1_000);
      await rm(table);
      host.clock.advance(950_000);
      await host.open([], 1_000);
    });

    it('is renewed before the root agent would close it by itself', async () => {
      await knock();
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`], 1_000);
      const opened = () =>
        host.firewall.changes.filter((change) => change.startsWith(`open 22 ${ADMIN}`)).length;
      await host.until('the journal to say so', async () => (await journal())[0]?.rules.length === 1);
      await looks(1);
      const before = opened();
      await host.signal.write(ADMIN, host.clock.now() + 890_000);
      host.clock.advance(900_000);
      await host.until('it to be opened again', () => opened() > before, 1_000);
    });

    it('stays open to everybody when it cannot be opened to them: nobody is locked out', async () => {
      await knock({ ports: [22], duration: 120 });
      host.firewall.fails = (change) => (change.startsWith(`open 22 ${ADMIN}`) ? 'root-agent.busy' : null);
      await login(ADMIN);
      await looks(20);
      expect(host.firewall.open).to.deep.equal(['22 everybody']);
      host.firewall.fails = () => null;
      await host.open([`22 ${ADMIN}`], 1_000);
    });

    it('is closed to the rest again and again until that is proven', async () => {
      await knock();
      host.firewall.fails = (change) =>
        change.startsWith('close 22 everybody') ? 'root-agent.timeout' : null;
      await login(ADMIN);
      await looks(20);
      expect(host.firewall.open).to.deep.equal([`22 ${ADMIN}`, '22 everybody']);
      host.firewall.fails = () => null;
      await host.open([`22 ${ADMIN}`], 1_000);
    });

    it('is not narrowed by what is no login: none of it is newer, or a client, or an address', async () => {
      await host.signal.write(ADMIN, host.clock.now());
      host.clock.advance(10);
      await knock();
      await looks(2);
      for (const content of [
        '127.0.0.1',
        '::1',
        '0.0.0.0',
        '::',
        '::ffff:127.0.0.1',
        'fe80::1%eth0',
        'x',
        '',
      ])
        for (const text of [content, `${content}\n`]) {
          await writeFile(host.signal.path, text);
          await utimes(host.signal.path, host.now + 2, host.now + 2);
          await looks(1);
        }
      expect(host.firewall.open).to.deep.equal(['22 everybody']);
    });
  });

  describe('for one source', () => {
    it('is open to it alone, and needs no narrowing when it logs in', async () => {
      await knock({ ports: [22], source: '2001:0db8:0:0::7' });
      expect(host.firewall.open).to.deep.equal([`22 ${OTHER}`]);
      await login(OTHER);
      await host.until('phase 2', async () => (await journal())[0]?.phase === 'narrowed', 1_000);
      expect(host.firewall.open).to.deep.equal([`22 ${OTHER}`]);
    });

    it('is not narrowed to anybody else', async () => {
      await knock({ ports: [22], source: OTHER });
      await login(ADMIN);
      await looks(3);
      expect(host.firewall.open).to.deep.equal([`22 ${OTHER}`]);
    });
  });

  describe('beside another', () => {
    it('closes its own rules only', async () => {
      await knock({ ports: [22], duration: 60 });
      await knock({ ports: [22], duration: 600 });
      expect(host.firewall.rules.size).to.equal(2);
      host.clock.advance(60_000);
      await host.until('one to close', () => host.firewall.rules.size === 1);
      expect(host.firewall.open).to.deep.equal(['22 everybody']);
    });

    it('does not take the signal that the host itself made fresh for a login', async () => {
      await knock({ ports: [22] });
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`], 1_000);
      await knock({ ports: [8006] });
      const table = host.base.paths.resolve('/proc/net/tcp');
      await mkdir(dirname(table), { recursive: true });
      await writeFile(table, 'sl local rem st\n 0: 010200C0:0016 070200C0:D431 01 00000000:00000000\n');
      const at = (await host.signal.read())?.at ?? 0;
      await host.until(
        'the signal to be fresh',
        async () => ((await host.signal.read())?.at ?? 0) > at,
        1_000,
      );
      await looks(3);
      expect(host.firewall.open).to.deep.equal([`22 ${ADMIN}`, '8006 everybody']);
      await login(OTHER);
      await host.open([`22 ${ADMIN}`, `8006 ${OTHER}`], 1_000);
    });
  });

  it('closes when an operator marks it in the journal', async () => {
    await knock();
    const [{ id } = { id: '' }] = await journal();
    await new KnockJournal(host.base.paths).put(id, (present) => present && { ...present, phase: 'closing' });
    await host.open([], 1_000);
    await host.until('the end', () => logged('a knock is closed') === 1);
  });

  describe('of a process that stops', () => {
    it('is closed first', async () => {
      await knock({});
      await login(ADMIN);
      await host.open([`22 ${ADMIN}`, `8006 ${ADMIN}`], 1_000);
      await knock({});
      await host.stop();
      expect(host.firewall.open).to.deep.equal([]);
      expect(await journal()).to.deep.equal([]);
    });

    it('while it is being opened: is closed, and its order failed', async () => {
      const gate = Promise.withResolvers<void>();
      host.firewall.gate = gate.promise;
      host.order();
      const looking = host.look();
      await host.until('the journal', async () => (await journal()).length === 1);
      const stopping = host.commands.stop();
      gate.resolve();
      await stopping;
      await looking;
      expect(host.firewall.open).to.deep.equal([]);
      expect(await host.states()).to.deep.equal(['failed']);
    });

    it('while the root agent is gone: is closed by the next one', async () => {
      await knock();
      host.firewall.fails = () => 'root-agent.unreachable';
      await host.stop(500);
      expect((await journal())[0]).to.include({ phase: 'closing' });
      host.firewall.fails = () => null;
      await host.restart();
      await host.open([]);
      await host.until('the journal to forget it', async () => (await journal()).length === 0);
    });
  });

  describe('of a process that was killed', () => {
    const left = async (changes: object) => {
      await host.stop();
      const rule = { port: 22, proto: 'tcp', comment: 'blockhost-knock-aa' };
      host.firewall.rules.add('22 everybody blockhost-knock-aa');
      const now = host.clock.now();
      const entry = {
        id: 'aa',
        phase: 'open',
        ports: [22],
        source: null,
        openedAt: now,
        expiresAt: now + 60_000,
        address: null,
        seenAt: null,
        rules: [rule],
        ...changes,
      };
      await writeFile(
        join(host.base.paths.run, 'knocks.json'),
        JSON.stringify({ knocks: [entry], refreshedAt: null }),
      );
    };

    it('is kept for the time it has left', async () => {
      await left({});
      await host.restart();
      await looks(58);
      expect(host.firewall.open).to.deep.equal(['22 everybody']);
      await host.open([], 1_000);
    });

    it('is closed at once when its time is over', async () => {
      await left({ expiresAt: host.clock.now() });
      await host.restart();
      await host.open([]);
    });

    it('is closed at once when it was opened by half', async () => {
      await left({ phase: 'opening' });
      await host.restart();
      await host.open([]);
    });

    it('is narrowed to who logged in meanwhile', async () => {
      await left({});
      await login(ADMIN);
      await host.restart();
      await host.open([`22 ${ADMIN}`]);
    });

    it('is left for an operator, with its journal put aside, when that is damaged', async () => {
      await left({});
      const path = join(host.base.paths.run, 'knocks.json');
      for (const text of ['{', '[]', '{"knocks":[{"id":"../x"}],"refreshedAt":null}']) {
        await writeFile(path, text);
        await host.restart();
        expect(await readFile(`${path}.damaged`, 'utf8')).to.equal(text);
      }
      expect(logged('the journal of knocks is damaged and was put aside')).to.equal(3);
      await knock();
      expect(await host.states()).to.deep.equal(['done']);
    });
  });
});
