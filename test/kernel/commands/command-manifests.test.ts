import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, commandSource, ended, greeter, node, tree } from './launcher.js';

describe('the command manifests of the build', function () {
  this.timeout(60_000);
  let bench: Bench;
  let home: string;
  beforeEach(async () => {
    bench = await Bench.make();
    home = await bench.install(greeter);
  });
  afterEach(() => bench.dispose());

  const describeCommands = () => ended(node, [join(tree, 'kernel/scripts/command-manifests.mjs'), home]);
  const written = async () => (await stat(join(home, 'oclif.manifest.json'))).mtimeMs;

  async function change(file: string, from: string, to: string): Promise<void> {
    const path = join(home, file);
    const text = await readFile(path, 'utf8');
    expect(text).to.include(from);
    await writeFile(path, text.replace(from, to));
  }

  it('are written again only when something they are made from has changed', async () => {
    const before = await written();
    expect((await describeCommands()).code).to.equal(0);
    expect(await written()).to.equal(before);
    await change('commands/greet/all.js', "'bob'", "'eve'");
    expect((await describeCommands()).code).to.equal(0);
    expect(await written()).to.be.above(before);
  });

  it('hold flags, arguments, examples and the place of each module', async () => {
    const { commands } = JSON.parse(await readFile(join(home, 'oclif.manifest.json'), 'utf8'));
    expect(commands).to.have.keys('greet:all', 'greet:hello');
    expect(commands['greet:hello']).to.deep.include({ relativePath: ['commands', 'greet', 'hello.js'] });
    expect(commands['greet:hello'].flags).to.have.keys('json', 'loud');
    expect(commands['greet:hello'].args.name.required).to.equal(true);
  });

  const faults: readonly (readonly [what: string, file: string, from: string, to: string, told: string])[] = [
    [
      'promises a command without a module',
      'plugin.json',
      'greet all',
      'greet none',
      'greet none: promised by',
    ],
    [
      'does not promise a module',
      'plugin.json',
      'greet all',
      'greet none',
      'greet all: in ./commands, but not',
    ],
    [
      'has another summary than the class',
      'plugin.json',
      'Say hello to everybody',
      'Greet',
      'says "Greet", the command class says "Say hello to everybody"',
    ],
    [
      'has a command without examples',
      'commands/greet/all.js',
      'static examples',
      'static x',
      'has no examples',
    ],
  ];
  for (const [what, file, from, to, told] of faults)
    it(`fail the build when a plugin ${what}, and leave no stale one`, async () => {
      await change(file, from, to);
      const { code, stderr } = await describeCommands();
      expect(code).to.equal(1);
      expect(stderr).to.include(told);
      expect(await written().catch(() => 'gone')).to.equal('gone');
    });

  it('fail the build when a module throws at import, and name it', async () => {
    await writeFile(join(home, 'commands/greet/all.js'), `throw new Error('boom');`);
    const { code, stderr } = await describeCommands();
    expect(code).to.equal(1);
    expect(stderr).to.include('greet:all').and.include('boom');
  });

  it('leave tests and benchmarks beside the commands out', async () => {
    await writeFile(join(home, 'commands/greet/all.test.js'), commandSource('x', ''));
    await writeFile(join(home, 'commands/greet/all.bench.js'), commandSource('x', ''));
    expect(await describeCommands()).to.deep.include({ code: 0 });
  });
});
