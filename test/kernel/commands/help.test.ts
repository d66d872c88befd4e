import { expect } from 'chai';
import { Bench, commandSource, greeter } from './launcher.js';

describe('help and usage', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await Bench.make();
    await bench.install(greeter);
  });
  after(() => bench.dispose());

  it('is printed for no arguments, --help, -h and help, with exit code 0 and nothing on stderr', async () => {
    const lines = ['', '--help', '-h', 'help'];
    const ends = await Promise.all(lines.map((line) => bench.blockhost(line)));
    for (const end of ends) {
      expect(end).to.deep.include({ code: 0, stderr: '' });
      expect(end.stdout)
        .to.match(/^TOPICS\n(.+\n)* {2}greet +all, hello$/m)
        .and.equal(ends[0]?.stdout);
    }
  });

  it('tells topics from commands whose name another topic ends with', async () => {
    const source = commandSource('Draw up a list', `this.result(1, 'drawn');`);
    await bench.install({
      name: 'round',
      commands: { 'roundup/list': { summary: 'Draw up a list', source } },
    });
    const { stdout } = await bench.blockhost('--help');
    const [, topics, commands] = /^TOPICS\n(.*)^COMMANDS\n(.*)/ms.exec(stdout) ?? [];
    expect(topics)
      .to.match(/^ {2}roundup +list$/m)
      .and.not.match(/^ {2}up /m);
    expect(commands).to.match(/^ {2}up /m);
  });

  it('lists the commands of a topic', async () => {
    const { code, stdout } = await bench.blockhost('greet');
    expect(code).to.equal(0);
    expect(stdout).to.include('greet all    Say hello to everybody').and.include('greet hello');
  });

  it('shows arguments, flags and an example for every command of the kernel and of a plugin', async () => {
    const commands = [
      'greet hello',
      'plugins',
      'plugins check',
      'plugins new',
      'plugins inspect',
      'completion',
    ];
    for (const command of commands) {
      const { code, stdout } = await bench.blockhost(`${command} --help`);
      expect(code, command).to.equal(0);
      expect(stdout, command).to.include('USAGE').and.include('EXAMPLES').and.include(`blockhost ${command}`);
    }
  });

  it('answers a command that lacks its arguments with help, and one that lacks some with exit code 2', async () => {
    expect(await bench.blockhost('greet hello')).to.deep.include({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await bench.blockhost('greet hello --loud');
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/Missing 1 required arg/);
  });

  it('ends with 2 for unknown flags and commands, and names the nearest command', async () => {
    expect(await bench.blockhost('greet all --lod')).to.deep.include({ code: 2, stdout: '' });
    expect(await bench.blockhost('greet helo Ada')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'There is no command "greet helo".\nDid you mean "blockhost greet hello"?\n',
    });
    const short = await bench.run(await bench.link('gr'), ['helo']);
    expect(short.stderr).to.equal('There is no command "gr helo".\nDid you mean "gr hello"?\n');
    expect((await bench.blockhost('pluins list')).stderr).to.include('Did you mean "blockhost plugins"?');
  });

  it('prints the version', async () => {
    const { code, stdout } = await bench.blockhost('--version');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^blockhost \d+\.\d+\.\d+\n$/);
  });
});
