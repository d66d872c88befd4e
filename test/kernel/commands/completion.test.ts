import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, ended, greeter } from './launcher.js';

describe('shell completion', function () {
  this.timeout(60_000);
  let bench: Bench;
  let script: string;
  before(async () => {
    bench = await Bench.make();
    await bench.install(greeter);
    script = join(bench.folder, 'completion.bash');
    await writeFile(script, (await bench.blockhost('completion bash')).stdout);
  });
  after(() => bench.dispose());

  /** What bash offers behind `words`, the last of which is being typed. */
  async function offers(...words: string[]): Promise<string[]> {
    const ask = `. ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _blockhost; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await ended('bash', ['-c', ask, 'bash', ...words], { cwd: bench.folder });
    return stdout.split('\n').filter(Boolean);
  }

  it('offers the words that can follow, and the flags of a command', async () => {
    expect(await offers('blockhost', 'gr')).to.deep.equal(['greet']);
    expect(await offers('blockhost', 'greet', '')).to.deep.equal(['all', 'hello']);
    expect(await offers('blockhost', 'greet', 'hello', '--')).to.have.members(['--help', '--json', '--loud']);
    expect(await offers('blockhost', 'completion', 'b')).to.deep.equal(['bash']);
  });

  it('offers the same behind a flag, a path and a short name', async () => {
    expect(await offers('blockhost', 'greet', 'hello', '--json', '--l')).to.deep.equal(['--loud']);
    expect(await offers('/usr/bin/hello', '--l')).to.deep.equal(['--loud']);
    expect(await offers('gr', 'h')).to.deep.equal(['hello']);
  });

  it('offers files where nothing else can follow', async () => {
    await writeFile(join(bench.folder, 'answers.yaml'), '');
    expect(await offers('blockhost', 'greet', 'all', 'answ')).to.deep.equal(['answers.yaml']);
  });
});
