import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRunning, until } from '../kernel/daemon/until.js';
import { AgentHost } from './agent-host.js';
import { call, send } from './raw-caller.js';

const repository = join(import.meta.dirname, '../../..');

/** Actions as the reference writes them, with a part of their own that they share. */
const DEMO = `
import json, os, subprocess, sys
from _shared import ok
import _shared
print("imported", flush=True)
def greet(params):
    print("noise on standard output")
    return ok(text="hello " + params["name"], secret="BLOCKHOST_ROOT" in os.environ, where=os.getcwd())
def refuse(params):
    return {"ok": False, "error": "There is no machine of that name."}
def breaks(params):
    raise ValueError("the password is hunter2")
def silent(params):
    return None
def huge(params):
    return ok(text="x" * 2000000)
def slow(params):
    child = subprocess.Popen(["sleep", "60"])
    with open(params["file"] + ".new", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(params["file"] + ".new", params["file"])
    child.wait()
def stops(params):
    sys.exit(0)
def order(params):
    with open(params["file"], "a") as file:
        file.write("begin\\n"); file.flush(); __import__("time").sleep(0.05); file.write("end\\n")
    return ok()
ACTIONS = {"demo-greet": greet, "demo-refuse": refuse, "demo-breaks": breaks, "demo-silent": silent, "demo-huge": huge,
           "demo-slow": slow, "demo-stops": stops, "demo-order": order}
`;
const SHARED = 'def ok(**more):\n    return {"ok": True, **more}\nACTIONS = {"shared": ok}\n';

describe('foreign actions of the root agent', function () {
  this.timeout(60_000);
  let host: AgentHost;

  beforeEach(async () => {
    host = await AgentHost.create();
    await mkdir(join(host.paths.share, 'root-agent-actions'));
  });
  afterEach(() => host.remove());

  const put = (name: string, source: string) =>
    writeFile(join(host.paths.share, 'root-agent-actions', name), source);
  const want = (modules: object) =>
    host.put('/etc/blockhost/root-agent.yaml', JSON.stringify({ foreign_actions: modules }));
  const ask = async (action: string, params: object = {}) =>
    (await send(host.socket, call(action, params))).answer;

  async function demo(settings: object | null = null): Promise<void> {
    await put('demo.py', DEMO);
    await put('_shared.py', SHARED);
    await want({ demo: settings });
  }

  it('are answered by a module that root-agent.yaml names, in a process of its own', async () => {
    await demo();
    const agent = await host.start();
    expect(await ask('demo-greet', { name: 'you' })).to.deep.equal({
      ok: true,
      text: 'hello you',
      secret: true,
      where: '/',
    });
    expect(agent.lines.join('\n')).not.to.contain('daemon unhealthy');
    const lines = await host.audit();
    expect(lines.map(({ event, action }) => `${event} ${action}`)).to.deep.equal([
      'begin demo-greet',
      'end demo-greet',
    ]);
  });

  it('are not there unless they are asked for, nor are parts of others', async () => {
    await put('demo.py', DEMO);
    await put('_shared.py', SHARED);
    await host.start();
    for (const action of ['demo-greet', 'shared'])
      expect(await ask(action, { name: 'you' })).to.include({ code: 'unknown_action' });
  });

  it('tell in their own words what they refuse, and of other failures only that they happened', async () => {
    await demo();
    await host.start();
    expect(await ask('demo-refuse')).to.deep.equal({
      ok: false,
      code: 'failed',
      error: 'There is no machine of that name.',
    });
    for (const action of ['demo-breaks', 'demo-silent', 'demo-huge', 'demo-stops']) {
      const answer = await ask(action);
      expect(answer, action).to.include({ ok: false, code: 'failed' });
      expect(String(answer?.error)).not.to.contain('hunter2');
    }
    expect(await ask('demo-greet', { name: 'still here' })).to.include({ ok: true });
  });

  it('end with all they started when their time is over', async () => {
    // Long enough for a busy machine to start it.
    await demo({ timeout: 8 });
    await host.start();
    const file = join(host.host.root, 'pids');
    expect(await ask('demo-slow', { file })).to.include({ code: 'timeout' });
    for (const pid of (await host.read('/pids')).split(' ')) await until(() => !isRunning(Number(pid)));
  });

  it('of one module run one after the other', async () => {
    await demo();
    await host.start();
    const file = join(host.host.root, 'order');
    await Promise.all(Array.from({ length: 4 }, () => ask('demo-order', { file })));
    expect(await host.read('/order')).to.equal('begin\nend\n'.repeat(4));
  });

  const actions = (...names: string[]) => `ACTIONS = {${names.map((name) => `"${name}": print`).join()}}`;
  for (const [what, files, said] of [
    ['is not there', {}, /There is no file .*bad\.py/],
    ['cannot be imported', { 'bad.py': 'import no_such_module' }, /bad\.py failed unexpectedly/],
    ['has no actions', { 'bad.py': '' }, /bad\.py failed unexpectedly/],
    ['has a handler that cannot be called', { 'bad.py': 'ACTIONS = {"bad": 7}' }, /failed unexpectedly/],
    ['has an action without a valid name', { 'bad.py': actions('rm -rf') }, /no valid name/],
    ['has an action of the agent', { 'bad.py': actions('hostname-set') }, /also one of root-agent/],
    ['has an action of a plugin', { 'bad.py': actions('generate-wallet') }, /also one of evm/],
    [
      'has an action of another module',
      { 'bad.py': actions('demo-greet') },
      /also one of root-agent-actions\/demo/,
    ],
  ] as const)
    it(`of a module that ${what} are left out, and the agent says that it is degraded`, async () => {
      await demo();
      for (const [name, source] of Object.entries(files)) await put(name, source);
      await want({ demo: null, bad: null });
      const agent = await host.start();
      const unhealthy = await until(() => agent.lines.find((line) => line.includes('daemon unhealthy')));
      expect(JSON.parse(unhealthy).reason)
        .to.match(/^degraded: /)
        .and.match(said);
      expect(await ask('bad')).to.include({ code: 'unknown_action' });
      // Of two modules with one action neither has it; what plugins bring stays.
      const both = what.includes('another module');
      expect(await ask('demo-greet', { name: 'you' })).to.include({ ok: !both });
      expect(await ask('hostname-set', { hostname: '' })).to.include({ code: 'invalid_params' });
      expect(await ask('generate-wallet', { name: '' })).to.include({ code: 'invalid_params' });
    });

  it('are all left out when nobody can read which are wanted', async () => {
    await demo();
    await host.put('/etc/blockhost/root-agent.yaml', 'foreign_actions: {../../tmp/x: null}\n');
    const agent = await host.start();
    await until(() => agent.lines.find((line) => line.includes('daemon unhealthy')));
    expect(await ask('demo-greet', { name: 'you' })).to.include({ code: 'unknown_action' });
    expect(await ask('hostname-set', { hostname: '' })).to.include({ code: 'invalid_params' });
  });

  describe('on a real host', () => {
    // Its folders lie where only root can write, and its packages are written in a list of their own.
    const home = '/mnt/host';
    // Wherever this repository lies, nobody but root can write above it.
    const here = '/mnt/repository';
    const listed = [
      ...[
        'share/plugins.d/root-agent.json',
        'share/root-agent-actions/demo.py',
        'share/root-agent-actions/_shared.py',
      ],
    ].map((file) => `${home}/${file}`);
    const ours = [
      'plugins/root-agent/plugin.json',
      'plugins/root-agent/dist/actions.js',
      'plugins/root-agent/python/run_action.py',
    ].map((file) => join(here, file));

    async function start(spoil = '', list: readonly string[] = [...listed, ...ours]) {
      await demo();
      const { share, config } = host.paths;
      await chmod(host.host.root, 0o755);
      const script = `
        mount -t tmpfs -o mode=755 none /mnt && mount -t tmpfs -o mode=755 none /var/log
        mkdir -p ${home}/run ${home}/state ${here} && mount --bind ${repository} ${here}
         cp -rL ${share} ${home}/share && cp -r ${config} ${home}/config
        rm ${home}/share/*.json
        ln -sf ${here}/plugins/root-agent/plugin.json ${home}/share/plugins.d/root-agent.json
        chmod -R go-w ${home} && chown -R 0:0 ${home}
        mount -t tmpfs -o mode=755 none /var/lib/dpkg && mkdir /var/lib/dpkg/info
        printf '%s\\n' ${list.join(' ')} > /var/lib/dpkg/info/blockhost-test.list
        ${spoil}`;
      await host.run('sh', '-ec', script);
      const agent = host.spawn([join(here, 'bin/blockhost'), 'daemon', 'root-agent'], {
        BLOCKHOST_ROOT: undefined,
        BLOCKHOST_SHARE_DIR: `${home}/share`,
        BLOCKHOST_CONFIG_DIR: `${home}/config`,
        BLOCKHOST_RUN_DIR: `${home}/run`,
        BLOCKHOST_STATE_DIR: `${home}/state`,
      });
      await agent.line(/"daemon ready"/);
      const ready = agent.lines.find((line) => line.includes('"daemon ready"')) ?? '';
      return ready + agent.lines.filter((line) => line.includes('left out')).join('\n');
    }

    it('are run when root alone can change them and a package has installed them', async () => {
      expect(await start()).not.to.contain('left out');
    });

    for (const [what, spoil, list, said] of [
      [
        'no package has installed them',
        '',
        listed.filter((file) => !file.includes('demo')).concat(ours),
        'No Debian package',
      ],
      [
        'no package has installed a part of them',
        '',
        listed.filter((file) => !file.includes('_')).concat(ours),
        'No Debian package',
      ],
      ['others can write them', `chmod 664 ${listed[1]}`, undefined, 'mode'],
      ['others can write their folder', `chmod 777 ${home}/share/root-agent-actions`, undefined, 'mode'],
      ['they belong to somebody else', `chown 1000 ${listed[1]}`, undefined, 'belongs to user 1000'],
    ] as const)
      it(`are left out when ${what}`, async () => {
        expect(await start(spoil, list))
          .to.contain('root-agent-actions/demo.py')
          .and.to.contain(said);
      });

    it('are as little run as those of a plugin that no package has installed', async () => {
      const said = await start(
        '',
        [...listed, ...ours].filter((file) => !file.includes('actions.js')),
      );
      expect(said).to.contain('does not run \\"root-agent\\"').and.to.contain('No Debian package');
    });
  });
});
