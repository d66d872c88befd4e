import { expect } from 'chai';
import { Bench, greeter } from './launcher.js';

describe('what a command line loads', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await Bench.make();
    await bench.install(greeter);
  });
  after(() => bench.dispose());

  const isCommand = (url: string) => /\/commands\/cli\/|\/greeter\/commands\//.test(url);

  it('imports no command module to print help of any depth', async () => {
    for (const line of ['', 'greet', 'greet hello --help', 'plugins check --help'])
      expect((await bench.modulesOf(line)).filter(isCommand), line).to.deep.equal([]);
  });

  it('imports the module of the chosen command and of no other', async () => {
    const loaded = (await bench.modulesOf('greet all')).filter(isCommand);
    expect(loaded).to.have.length(1);
    expect(loaded[0]).to.match(/greeter\/commands\/greet\/all\.js$/);
  });

  it('opens no database, web server or test kit for a command that asks for none', async () => {
    const loaded = await bench.modulesOf('greet all');
    expect(loaded).to.not.be.empty;
    expect(
      loaded.filter((url) => /node_modules\/(knex|better-sqlite3|express|mocha|chai|ajv)\//.test(url)),
    ).to.deep.equal([]);
  });
});
