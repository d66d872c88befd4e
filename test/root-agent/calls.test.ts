import { spawn } from 'node:child_process';
import { chmod, chown, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { hasCode, type PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { isRunning, until } from '../kernel/daemon/until.js';
import { AgentHost, NOBODY } from './agent-host.js';
import { FIXTURE, FIXTURE_NAMES } from './fixture-actions.js';
import { call, connect, ending, send } from './raw-caller.js';

const repository = join(import.meta.dirname, '../../..');

describe('calls of the root agent', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;
  let client: PrivilegedActions;

  beforeEach(async () => {
    host = await AgentHost.create();
    await host.install('fixture', FIXTURE_NAMES, FIXTURE);
    agent = await host.start();
    client = await host.client();
  });
  afterEach(() => host.remove());

  const notes = async () => (await host.read('/var/lib/blockhost/notes')).trim().split('\n');
  const hold = (text: string, on: string) => client.call('hold', { text, on, file: 'go' });
  const letGo = () => host.put('/var/lib/blockhost/go', '');
  async function refusal(promise: Promise<unknown>): Promise<Error & { code?: string }> {
    return promise.then(
      () => {
        throw new Error('it was not refused');
      },
      (error) => error,
    );
  }

  it('runs calls of one resource one after the other and others at the same time', async () => {
    const first = hold('a1', 'a');
    await host.noted('begin a1');
    const second = hold('a2', 'a');
    const other = hold('b1', 'b');
    await host.noted('begin b1');
    expect(await notes()).to.deep.equal(['begin a1', 'begin b1']);
    expect(await client.call('echo', { text: 'meanwhile' })).to.deep.equal({ text: 'meanwhile' });
    await letGo();
    await Promise.all([first, second, other]);
    const lines = await notes();
    expect(lines.indexOf('begin a2')).to.be.greaterThan(lines.indexOf('end a1'));
  });

  it('runs at most eight actions at the same time, lets others wait, and tells when too many wait', async () => {
    const held = Array.from({ length: 8 }, (_, at) => hold(`h${at}`, `h${at}`));
    for (let at = 0; at < 8; at++) await host.noted(`begin h${at}`);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(host.socket)));
    const waiting = sockets.map(ending);
    for (const socket of sockets) socket.write(call('echo', { text: 'waiting' }));
    // Answered at once, and not before all that was sent earlier was read.
    for (let fence = 0; fence < 2; fence++)
      expect((await send(host.socket, call('fence', {}))).answer).to.include({ code: 'unknown_action' });
    // More than there are connections left.
    const more = Array.from({ length: 10 }, () => client.call('echo', {}).catch((error) => error));
    expect(await Promise.race(more)).to.have.property('code', 'root-agent.busy');
    expect((await notes()).filter((line) => line.startsWith('begin'))).to.have.lengthOf(8);
    await letGo();
    await Promise.all(held);
    for (const each of waiting) expect((await each).answer).to.deep.equal({ text: 'waiting', ok: true });
    const codes = (await Promise.all(more)).map(({ code }) => code);
    expect(new Set(codes)).to.include('root-agent.busy').and.to.include(undefined);
  });

  it('ends everything an action started when its time is over, and says so', async () => {
    const error = await refusal(client.call('slow-child', {}));
    expect(error).to.have.property('code', 'root-agent.timeout');
    expect(isRunning(Number(await host.read('/var/lib/blockhost/pid')))).to.equal(false);
  });

  it('answers in time for an action that hears nothing, keeps its resource, and reports itself degraded', async () => {
    const error = await refusal(client.call('deaf', {}));
    expect(error).to.have.property('code', 'root-agent.timeout');
    expect(await client.call('echo', { text: 'alive' })).to.deep.equal({ text: 'alive' });
    const health = await until(() => readHealth());
    expect(health).to.match(/deaf does not end/);

    function readHealth(): string | undefined {
      return agent.lines.find((line) => line.includes('daemon unhealthy'));
    }
  }).timeout(40_000);

  it('tells no more of an unexpected failure than that it happened', async () => {
    const error = await refusal(client.call('throws', {}));
    expect(error).to.have.property('code', 'root-agent.internal');
    expect(String(error)).not.to.contain('shadow');
  });

  it('says so when the answer of an action is too large or no JSON', async () => {
    expect(await refusal(client.call('huge', {}))).to.have.property('code', 'root-agent.too-large');
    expect(await refusal(client.call('big-int', {}))).to.have.property('code', 'root-agent.internal');
  });

  it('finishes a call under way when it is told to stop, and takes no more', async () => {
    const held = hold('last', 'last');
    await host.noted('begin last');
    agent.kill('SIGTERM');
    let refused: unknown = null;
    while (refused === null)
      refused = await client.call('echo', {}).then(
        () => null,
        ({ code }) => code,
      );
    // Who was still in the queue of the socket when that closed cannot know.
    expect(['root-agent.unreachable', 'root-agent.busy', 'root-agent.unanswered']).to.include(refused);
    await letGo();
    expect(await held).to.deep.equal({});
    expect(await agent.ended).to.deep.equal({ code: 0, signal: null });
  });

  it('records a call that changes something before and after it acts, with secrets as digests', async () => {
    await letGo();
    await client.call('hold', { text: 'open sesame', on: 'x', file: 'go' });
    await client.call('echo', { text: 'not in the file' });
    const [begin, end, ...more] = await host.audit();
    expect(begin).to.deep.include({ event: 'begin', action: 'hold' });
    expect(begin?.params).to.deep.include({ on: 'x', text: begin && digestIn(begin) });
    expect(end).to.deep.include({ event: 'end', action: 'hold', result: 'ok', id: begin?.id });
    expect(more).to.deep.equal([]);
    expect(agent.lines.join('\n')).not.to.contain('sesame');
    expect((await stat(host.paths.resolve('/var/log/blockhost/root-agent-audit.log'))).mode & 0o777).to.equal(
      0o640,
    );

    function digestIn({ params }: Record<string, unknown>): unknown {
      const { text } = params as { text: string };
      expect(text).to.match(/^sha256:[0-9a-f]{64}$/);
      return text;
    }
  });

  it('records who asked for a change, also when the caller is gone before its turn', async () => {
    const first = hold('first', 'a');
    await host.noted('begin first');
    const socket = await connect(host.socket);
    socket.write(call('hold', { text: 'second', on: 'a', file: 'go' }));
    // Answered later than the request before it was read.
    await send(host.socket, call('echo', {}));
    socket.destroy();
    await letGo();
    await first;
    await host.noted('end second');
    const begun = (await host.audit()).filter(({ event }) => event === 'begin');
    for (const { peer } of begun) expect(peer).to.deep.equal({ pid: process.pid, uid: 0, gid: 0 });
    expect(begun).to.have.lengthOf(2);
  });

  it('can be rotated while it is written to', async () => {
    const folder = host.paths.resolve('/var/log/blockhost');
    const source = join(repository, 'plugins/root-agent/packaging/blockhost-root-agent.logrotate');
    const settings = join(host.host.root, 'logrotate.conf');
    await letGo();
    await client.call('hold', { text: 'old', file: 'go' });
    const text = await readFile(source, 'utf8');
    await writeFile(settings, text.replace('/var/log/blockhost', folder), { mode: 0o600 });
    for (let week = 0; week < 14; week++) {
      await host.run('logrotate', '--force', '--state', join(host.host.root, 'state'), settings);
      await client.call('hold', { text: 'new', file: 'go' });
    }
    expect(await host.audit()).to.have.lengthOf(2);
    const files = await readdir(folder);
    expect(files.filter((name) => /root-agent-audit\.log\.\d+(\.gz)?$/.test(name))).to.have.lengthOf(12);
  });

  it('does nothing that it cannot record', async () => {
    await letGo();
    const log = host.paths.resolve('/var/log/blockhost/root-agent-audit.log');
    await client.call('hold', { text: 'recorded', file: 'go' });
    await rm(log);
    await symlink('/dev/null', log);
    const error = await refusal(client.call('hold', { text: 'unrecorded', file: 'go' }));
    expect(error).to.have.property('code', 'root-agent.failed');
    expect(await notes()).not.to.include('begin unrecorded');
    expect(await client.call('echo', { text: 'only reads' })).to.deep.equal({ text: 'only reads' });
  });

  it('lets in who is of its group, and nobody else', async () => {
    agent.kill('SIGTERM');
    await agent.ended;
    await chmod(host.host.root, 0o755);
    await chown(host.paths.run, 0, NOBODY);
    await chmod(host.paths.run, 0o1770);
    await host.start();
    expect((await stat(host.socket)).mode & 0o777).to.equal(0o660);
    expect((await stat(host.socket)).gid).to.equal(NOBODY);
    const knocker =
      "require('net').connect(process.argv[1]).on('connect',()=>{console.log('in');process.exit()}).on('error',(e)=>{console.log(e.code);process.exit()})";
    const as = (uid: number, gid: number) =>
      output(
        'setpriv',
        `--reuid=${uid}`,
        `--regid=${gid}`,
        '--clear-groups',
        process.execPath,
        '-e',
        knocker,
        host.socket,
      );
    expect(await as(12_345, NOBODY)).to.equal('in\n');
    expect(await as(12_345, 12_345)).to.equal('EACCES\n');
  });

  describe('seen by its client', () => {
    let server: Server | undefined;
    afterEach(() => server?.close());
    /** Puts something else in the place of the agent. */
    async function impostor(behaviour: (server: Server) => void): Promise<void> {
      agent.kill('SIGTERM');
      await agent.ended;
      server = createServer();
      behaviour(server);
      await new Promise<void>((resolve) => server?.listen(host.socket, resolve));
    }

    it('cannot be reached when it does not run, and nothing was done', async () => {
      agent.kill('SIGTERM');
      await agent.ended;
      const error = await refusal(client.call('echo', {}));
      expect(error).to.have.property('code', 'root-agent.unreachable');
    });

    it('is waited for while it starts again', async () => {
      agent.kill('SIGKILL');
      await agent.ended;
      const answer = client.call('echo', { text: 'again' }).catch((error) => error);
      await host.start();
      expect(await answer).to.satisfy(
        (value: unknown) =>
          hasCode(value, 'root-agent.unreachable') || (value as { text?: string }).text === 'again',
      );
      expect(await client.call('echo', { text: 'back' })).to.deep.equal({ text: 'back' });
    });

    it('is not talked to when its socket belongs to somebody else', async () => {
      let connections = 0;
      await impostor((each) => each.on('connection', () => (connections += 1)));
      await chown(host.socket, 12_345, 12_345);
      const error = await refusal(client.call('echo', { text: 'secret' }));
      expect(error).to.have.property('code', 'root-agent.unreachable');
      expect(connections).to.equal(0);
    });

    it('left no answer when the connection ended, and is not asked again', async () => {
      let requests = 0;
      await impostor((each) =>
        each.on('connection', (socket) =>
          socket.once('data', () => {
            requests += 1;
            socket.end(Buffer.from([0, 0, 0, 50, 123]));
          }),
        ),
      );
      expect(await refusal(client.call('echo', {}))).to.have.property('code', 'root-agent.unanswered');
      expect(requests).to.equal(1);
    });

    for (const [what, bytes] of [
      ['a frame of 4 GiB', Buffer.from([255, 255, 255, 255])],
      ['what is no JSON', Buffer.from([0, 0, 0, 1, 120])],
      ['neither yes nor no', Buffer.from([0, 0, 0, 2, 123, 125])],
    ] as const)
      it(`left no answer when it sent ${what}`, async () => {
        await impostor((each) =>
          each.on('connection', (socket) => socket.once('data', () => socket.end(bytes))),
        );
        expect(await refusal(client.call('echo', {}))).to.have.property('code', 'root-agent.unanswered');
      });

    it('left no answer when it was silent for too long', async () => {
      await impostor((each) => each.on('connection', (socket) => socket.resume().on('error', () => {})));
      const error = await refusal(client.call('echo', {}, { timeoutMs: 100 }));
      expect(error).to.have.property('code', 'root-agent.unanswered');
    });

    it('is spared a request that is too large', async () => {
      const error = await refusal(client.call('echo', { text: 'x'.repeat(1_100_000) }));
      expect(error).to.have.property('code', 'root-agent.too-large');
    });
  });
});

function output(program: string, ...args: string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}
