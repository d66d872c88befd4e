import { expect } from 'chai';
import fc from 'fast-check';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { until } from '../kernel/daemon/until.js';
import { AgentHost } from './agent-host.js';
import { FIXTURE, FIXTURE_NAMES } from './fixture-actions.js';
import { call, connect, ending, frame, send } from './raw-caller.js';

/** Connections at the same time (specification host.md 2.1). */
const LIMIT = 32;

describe('the socket of the root agent', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;

  before(async () => {
    host = await AgentHost.create();
    await host.install('fixture', FIXTURE_NAMES, FIXTURE);
    agent = await host.start();
  });
  after(() => host.remove());
  // Whatever a case did: the same process still answers.
  afterEach(async () => {
    expect((await send(host.socket, call('echo', { text: 'hello' }))).answer).to.deep.equal({
      text: 'hello',
      ok: true,
    });
    process.kill(agent.pid, 0);
  });

  it('answers one request per connection and closes', async () => {
    const { answer } = await send(host.socket, call('echo', { text: 'ü' }));
    expect(answer).to.deep.equal({ text: 'ü', ok: true });
  });

  it('puts a request together from single bytes', async () => {
    const socket = await connect(host.socket);
    const seen = ending(socket);
    for (const byte of call('echo', { text: 'slow' })) {
      socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    expect((await seen).answer).to.deep.equal({ text: 'slow', ok: true });
    socket.destroy();
  });

  it('answers a caller that has said all it will say', async () => {
    const socket = await connect(host.socket);
    const seen = ending(socket);
    socket.end(call('echo', { text: 'half closed' }));
    expect((await seen).answer).to.include({ ok: true });
  });

  const echo = (text: string) => `{"action":"echo","params":{"text":"${text}"}}`;
  const nested = (depth: number) =>
    `{"action":"echo","params":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
  const keys = Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join();
  for (const [what, bytes, code] of [
    ['an empty frame', frame(''), 'invalid_params'],
    ['what is no JSON', frame('hello'), 'invalid_params'],
    ['a list', frame('[]'), 'invalid_params'],
    ['a text', frame('"echo"'), 'invalid_params'],
    ['null', frame('null'), 'invalid_params'],
    ['an action that is no text', call(7, {}), 'invalid_params'],
    ['parameters that are a list', call('echo', []), 'invalid_params'],
    ['no parameters', frame('{"action":"echo"}'), 'invalid_params'],
    ['more members', frame('{"action":"echo","params":{},"x":1}'), 'invalid_params'],
    ['unknown parameters', call('echo', { text: 'a', colour: 'red' }), 'invalid_params'],
    ['the same key twice', frame('{"action":"echo","action":"hold","params":{}}'), 'invalid_params'],
    [
      'the same key written twice in two ways',
      frame('{"action":"echo","\\u0061ction":"hold","params":{}}'),
      'invalid_params',
    ],
    ['the key __proto__', frame('{"action":"echo","params":{"__proto__":{"text":"a"}}}'), 'invalid_params'],
    ['the key constructor', frame('{"action":"echo","params":{"constructor":{}}}'), 'invalid_params'],
    ['__proto__ in escapes', frame('{"action":"echo","params":{"\\u005f_proto__":{}}}'), 'invalid_params'],
    ['objects 17 deep', frame(nested(16)), 'invalid_params'],
    ['lists half a million deep', frame('['.repeat(500_000)), 'invalid_params'],
    ['5,000 keys', frame(`{"action":"echo","params":{${keys}}}`), 'invalid_params'],
    ['invalid UTF-8', frame(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 'invalid_params'],
    ['an unfinished text', frame('{"action":"ec'), 'invalid_params'],
    ['bytes behind the JSON', frame(`${echo('a')}x`), 'invalid_params'],
    [
      'a second frame behind the first',
      Buffer.concat([frame(echo('a')), frame(echo('b'))]),
      'invalid_params',
    ],
    ['a length that is too short', frame(echo('a'), 10), 'invalid_params'],
    ['a frame of 1 MiB and a byte', frame('x'.repeat(1024 * 1024 + 1)), 'too_large'],
    ['a header that claims 4 GiB', Buffer.from([255, 255, 255, 255]), 'too_large'],
    ['a name of no action', call('rm-rf', {}), 'unknown_action'],
    ['a name out of every object', call('toString', {}), 'unknown_action'],
    ['a path for a name', call('../../etc/passwd', {}), 'unknown_action'],
  ] as const)
    it(`refuses ${what} with ${code}`, async () => {
      const { answer } = await send(host.socket, bytes);
      expect(answer).to.include({ ok: false, code });
      expect(String(answer?.error)).to.match(/^[A-Z].*\.$/);
    });

  it('closes without an answer when a caller leaves in the middle of its request', async () => {
    const socket = await connect(host.socket);
    const seen = ending(socket);
    socket.end(frame(echo('a')).subarray(0, 9));
    expect((await seen).answer).to.equal(null);
  });

  it('finishes what was asked for when the caller dies before its answer', async () => {
    const socket = await connect(host.socket);
    socket.write(call('hold', { text: 'orphan', file: 'go' }));
    await host.noted('begin orphan');
    socket.destroy();
    await host.put('/var/lib/blockhost/go', '');
    await host.noted('end orphan');
  });

  it('survives a caller that never reads a large answer', async () => {
    const socket = await connect(host.socket);
    socket.pause();
    await new Promise((resolve) => socket.write(call('echo', { text: 'x'.repeat(900_000) }), resolve));
    socket.destroy();
  });

  it('survives a caller that dies in the middle of a large answer', async () => {
    for (let round = 0; round < 20; round++) {
      const socket = await connect(host.socket);
      socket.write(call('echo', { text: 'x'.repeat(900_000) }));
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
    }
  });

  it('sends a caller away that does not complete its request within ten seconds', async () => {
    const socket = await connect(host.socket);
    const seen = ending(socket);
    const begun = performance.now();
    socket.write(call('echo', { text: 'never whole' }).subarray(0, 20));
    expect((await seen).answer).to.include({ code: 'invalid_params' });
    expect(performance.now() - begun).to.be.greaterThan(9_900);
    socket.destroy();
  });

  it('serves who knows what to ask while thousands of idle peers come and stay', async () => {
    const idle = await Promise.all(Array.from({ length: 100 }, () => connect(host.socket)));
    let left = 0;
    for (let round = 0; round < 20; round++) {
      const more = await Promise.all(Array.from({ length: 50 }, () => connect(host.socket)));
      for (const socket of more) socket.once('end', () => (left += 1)).resume();
      idle.push(...more);
      const { answer } = await send(host.socket, call('echo', { text: String(round) }));
      expect(answer).to.deep.equal({ text: String(round), ok: true });
    }
    // No more than the places there are stay connected.
    await until(() => left >= 1_000 - LIMIT);
    for (const socket of idle) socket.destroy();
  });

  it('answers or closes whatever bytes it gets', async () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({ action: fc.constantFrom('echo', 'hold', 'iptables-open'), params: fc.jsonValue() })
        .map((v) => JSON.stringify(v)),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      body.map((text) => frame(text)),
      fc.tuple(body, fc.nat(2_000_000)).map(([text, length]) => frame(text, length)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const socket = await connect(host.socket);
        const seen = ending(socket);
        socket.end(sent);
        const { answer } = await seen;
        socket.destroy();
        if (answer !== null) expect(answer).to.have.property('ok');
      }),
      { numRuns: 300 },
    );
    expect(await host.knocks()).to.deep.equal([]);
  });
});
