import { spawn } from 'node:child_process';
import { chmod, lchown, lstat, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { StartedProcess } from '../kernel/daemon/started-process.js';
import { until } from '../kernel/daemon/until.js';
import { AgentHost, NOBODY } from './agent-host.js';
import { FIXTURE, FIXTURE_NAMES } from './fixture-actions.js';
import { call, send } from './raw-caller.js';

const launcher = join(import.meta.dirname, '../../../bin/blockhost');

describe('the life of the root agent', function () {
  this.timeout(60_000);
  let host: AgentHost;

  beforeEach(async () => {
    host = await AgentHost.create();
  });
  afterEach(() => host.remove());

  const stop = async (agent: StartedProcess) => {
    agent.kill('SIGTERM');
    expect(await agent.ended).to.deep.equal({ code: 0, signal: null });
  };

  it('takes its socket away when it stops', async () => {
    await stop(await host.start());
    expect(await lstat(host.socket).catch((error) => error.code)).to.equal('ENOENT');
  });

  it('takes the place of one that was killed', async () => {
    const first = await host.start();
    first.kill('SIGKILL');
    await first.ended;
    await host.start();
    expect((await send(host.socket, call('nothing', {}))).answer).to.include({ code: 'unknown_action' });
  });

  it('leaves a socket alone on which somebody answers', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(host.socket, resolve));
    const agent = host.spawn([launcher, 'daemon', 'root-agent']);
    expect((await agent.ended).code).to.equal(1);
    expect(agent.lines.join('\n')).to.contain('root-agent.answered');
    expect((await lstat(host.socket)).isSocket()).to.equal(true);
    other.close();
  });

  it('leaves what is no socket alone', async () => {
    await writeFile(host.socket, 'precious');
    const agent = host.spawn([launcher, 'daemon', 'root-agent']);
    expect((await agent.ended).code).to.equal(1);
    expect(agent.lines.join('\n')).to.contain('root-agent.no-socket');
    expect(await host.read('/run/blockhost/root-agent.sock')).to.equal('precious');
  });

  for (const [what, squat] of [
    [
      'a socket on which the service account answers',
      async () => {
        const other = createServer();
        await new Promise<void>((resolve) => other.listen(host.socket, resolve));
        return () => other.close();
      },
    ],
    ['a file of the service account', () => writeFile(host.socket, 'mine')],
    ['a link of the service account', () => symlink('/etc/shadow', host.socket)],
    ['a folder of the service account', () => mkdir(host.socket)],
  ] as const)
    it(`takes its place although it finds ${what} there`, async () => {
      const release = await squat();
      await lchown(host.socket, NOBODY, NOBODY);
      try {
        await host.start();
        expect((await send(host.socket, call('nothing', {}))).answer).to.include({ code: 'unknown_action' });
        expect(await lstat(host.socket)).to.include({ uid: 0 });
      } finally {
        release?.();
      }
    });

  it('works over a socket that systemd passes, and leaves that in its place', async () => {
    await host.install('fixture', FIXTURE_NAMES, FIXTURE);
    const path = join(host.host.root, 'passed.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${path}.new`, resolve));
    // Under this name it stays when this process closes its own end, so that the agent alone accepts.
    await rename(`${path}.new`, path);
    const fd: unknown = Reflect.get(Reflect.get(server, '_handle'), 'fd');
    const child = spawn('sh', ['-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" daemon root-agent', launcher], {
      env: { PATH: process.env.PATH, BLOCKHOST_ROOT: host.host.root, BLOCKHOST_LOG_FORMAT: 'json' },
      stdio: ['ignore', 'ignore', 'pipe', Number(fd)],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    server.close();
    try {
      let log = '';
      child.stderr?.on('data', (data: Buffer) => {
        log += data.toString();
      });
      await until(() => log.includes('daemon ready'));
      const { answer } = await send(path, call('echo', { text: 'passed' }));
      expect(answer).to.deep.equal({ text: 'passed', ok: true });
      expect(await lstat(host.socket).catch((error) => error.code)).to.equal('ENOENT');
      child.kill('SIGTERM');
      await ended;
      expect((await lstat(path)).isSocket()).to.equal(true);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });

  it('refuses to run as anybody but root on a real host', async () => {
    const agent = new StartedProcess(
      'setpriv',
      [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', launcher, 'daemon', 'root-agent'],
      {
        PATH: process.env.PATH,
        BLOCKHOST_LOG_FORMAT: 'json',
        BLOCKHOST_SHARE_DIR: host.paths.share,
        BLOCKHOST_RUN_DIR: await open('run'),
        BLOCKHOST_STATE_DIR: await open('state'),
      },
    );
    expect((await agent.ended).code).to.equal(1);
    expect(agent.lines.join('\n')).to.contain('root-agent.not-root');

    async function open(name: string): Promise<string> {
      await chmod(host.host.root, 0o755);
      const folder = join(host.host.root, `open-${name}`);
      await mkdir(folder);
      await chmod(folder, 0o777);
      return folder;
    }
  });

  const module = (body: string) =>
    `export default { $type: 'blockhost.root-actions', major: 1, actions: [${body}] };`;
  const action = (name: string, more = '') =>
    `{ name: '${name}', parameters: { type: 'object', additionalProperties: false }, timeoutMs: 1, resource: () => 'x', run: async () => ({ by: 'plugin' }), ${more} }`;
  for (const [what, names, source, said] of [
    ['cannot be imported', ['broken'], 'import "./no-such-module.mjs";', /"bad" could not be loaded/],
    ['lies about its actions', ['promised'], module(action('other')), /lists "promised"/],
    [
      'has a schema that is none',
      ['odd'],
      module(
        action(
          'odd',
          "parameters: { type: 'object', additionalProperties: false, properties: { a: { type: 'nonsense' } } }",
        ),
      ),
      /invalid schema/,
    ],
    [
      'takes unknown parameters',
      ['open'],
      module(action('open', "parameters: { type: 'object' }")),
      /takes unknown parameters/,
    ],
    ['has no time limit', ['endless'], module(action('endless', 'timeoutMs: 0')), /no time limit/],
    [
      'names no resource',
      ['free'],
      module(action('free', 'resource: undefined')),
      /lacks "run" or "resource"/,
    ],
    [
      'has an action of the agent itself',
      ['iptables-open'],
      module(action('iptables-open')),
      /is also one of root-agent/,
    ],
    [
      'has an action of another plugin',
      ['generate-wallet'],
      module(action('generate-wallet')),
      /is also one of evm/,
    ],
  ] as const)
    it(`goes on without a plugin that ${what}, and says that it is degraded`, async () => {
      await host.install('bad', names, source);
      await host.install('fixture', FIXTURE_NAMES, FIXTURE);
      const agent = await host.start();
      const unhealthy = await until(() => agent.lines.find((line) => line.includes('daemon unhealthy')));
      expect(JSON.parse(unhealthy).reason)
        .to.match(/^degraded: /)
        .and.match(said);
      expect((await send(host.socket, call('echo', { text: 'a' }))).answer).to.include({ ok: true });
      const { answer } = await send(host.socket, call(names[0], {}));
      expect(answer?.by).to.equal(undefined);
      expect(answer).to.include({ ok: false });
    });
});
