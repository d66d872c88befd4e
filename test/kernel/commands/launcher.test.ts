import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Bench, commandSource, ended, greeter, launcher, tree } from './launcher.js';

describe('the launcher', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await Bench.make();
    await bench.install(greeter);
  });
  after(() => bench.dispose());

  it('runs a command of a plugin: result on stdout, progress on stderr', async () => {
    expect(await bench.blockhost('greet hello Ada')).to.deep.equal({
      code: 0,
      stdout: 'hello Ada\n',
      stderr: 'greeting…\n',
    });
  });

  it('prints the result as JSON, amounts as decimal strings', async () => {
    const { stdout } = await bench.blockhost('greet hello Ada --json');
    expect(JSON.parse(stdout)).to.deep.equal({ hello: 'Ada', amount: '12' });
  });

  it('fails when the result could not be written, and not when the reader had enough', async () => {
    const through = (redirect: string) => bench.run('sh', ['-c', `"${launcher}" greet all ${redirect}`]);
    const { code, stderr } = await through('> /dev/full');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^The result could not be written\.\n {2}because: ENOSPC/);
    expect(await through('| true')).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });

  it('waits for a reader that takes its time: nothing of a long result is lost', async () => {
    await bench.install({
      name: 'flood',
      commands: {
        flood: {
          summary: 'Print much',
          source: commandSource('Print much', `this.result(null, Array(20_000).fill('x'.repeat(99)));`),
        },
      },
    });
    // The other end of a socket that takes a little and then nothing for a while.
    const child = spawn(launcher, ['flood'], {
      env: { ...process.env, BLOCKHOST_ROOT: bench.host.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'readable');
    await Promise.race([once(child, 'exit'), wait(500)]);
    let length = 0;
    for await (const chunk of child.stdout) length += chunk.length;
    expect(length).to.equal(2_000_000);
  });

  it('finds its tree through a chain of links, from any folder and the search path', async () => {
    const folder = join(bench.folder, 'elsewhere');
    await mkdir(folder);
    await symlink(launcher, join(folder, 'first'));
    await symlink('first', join(folder, 'hello'));
    const { code, stdout } = await bench.run('hello', ['Ada'], { PATH: `${folder}:${process.env.PATH}` });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'hello Ada\n' });
  });

  it('is each program that a manifest gives a short name: of a command or of a topic', async () => {
    const topic = await bench.link('gr');
    expect((await bench.run(topic, ['hello', 'Bob'])).stdout).to.equal('hello Bob\n');
    expect((await bench.run(topic, ['all'])).stdout).to.equal('hello ada\nhello bob\n');
  });

  it('speaks of the program it was called as', async () => {
    const { code, stdout } = await bench.run(await bench.link('hello'), []);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/USAGE\n {2}\$ hello NAME/)
      .and.not.include('blockhost greet');
  });

  it('refuses a program name that no plugin provides, and names the nearest', async () => {
    const { code, stdout, stderr } = await bench.run(await bench.link('helo'), []);
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'No plugin provides a program named "helo".\nDid you mean "hello"?\n',
    });
  });

  it('resolves names to IPv4 first and runs on the Node of the tree', async () => {
    await bench.install({
      name: 'runtime',
      commands: {
        runtime: {
          summary: 'Tell about the process',
          source: `import { getDefaultResultOrder } from 'node:dns';
            import { BlockhostCommand } from '@blockhost/kernel/command';
            export default class Runtime extends BlockhostCommand {
              static summary = 'Tell about the process';
              static examples = ['blockhost runtime'];
              async run() { await this.parse(Runtime); this.result(null, [getDefaultResultOrder(), process.execPath]); }
            }`,
        },
      },
    });
    expect((await bench.blockhost('runtime')).stdout.split('\n').slice(0, 2)).to.deep.equal([
      'ipv4first',
      join(tree, 'node_modules/node/bin/node'),
    ]);
  });

  it('starts without a place to keep compiled code, and ignores one that others can write', async () => {
    const shared = join(bench.folder, 'shared');
    await mkdir(join(shared, 'blockhost/compiled'), { recursive: true });
    await chmod(join(shared, 'blockhost/compiled'), 0o777);
    for (const XDG_CACHE_HOME of ['/proc/nowhere', shared]) {
      const { code } = await bench.blockhost('greet all', { XDG_CACHE_HOME });
      expect(code, XDG_CACHE_HOME).to.equal(0);
    }
    const { stdout } = await ended('ls', ['-A', join(shared, 'blockhost/compiled')]);
    expect(stdout).to.equal('');
  });
});
