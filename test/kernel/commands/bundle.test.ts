import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, ended, node, tree } from './launcher.js';

describe('compiled code that is kept from one command for the next', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    // A compiler that ran since the kernel was bundled makes commands do without the bundle.
    const built = await ended(node, [join(tree, 'kernel/scripts/command-manifests.mjs')]);
    expect(built.code, built.stderr).to.equal(0);
    bench = await Bench.make();
  });
  after(async () => {
    await bench.dispose();
  });

  async function kept(): Promise<string> {
    const folder = join(bench.folder, '.cache/blockhost/compiled');
    const names = (await readdir(folder)).filter((name) => /^core-.*\.blockhost$/.test(name));
    expect(names).to.have.lengthOf(1);
    return join(folder, names[0] ?? '');
  }

  it('is thrown away and made anew when it is not whole', async () => {
    const first = await bench.blockhost('plugins --help');
    expect(first, first.stderr).to.deep.include({ code: 0, stderr: '' });
    const whole = await readFile(await kept());
    const broken = [
      Buffer.from(whole).fill(0, 5_000, 9_000),
      Buffer.from(whole).fill(0),
      whole.subarray(0, whole.length - 4_096),
      Buffer.alloc(0),
    ];
    for (const data of broken) {
      await writeFile(await kept(), data);
      expect(await bench.blockhost('plugins --help')).to.deep.equal(first);
      expect((await readFile(await kept())).length).to.be.greaterThan(100_000);
    }
  });

  it('is forgotten once it is kept of another content', async () => {
    await bench.blockhost('plugins --help');
    const present = await kept();
    const earlier = present.replace(/[0-9a-f]{16}(?=\.cjs)/, '0123456789abcdef');
    const others = present.replace('.blockhost', '.bw');
    await writeFile(earlier, 'old');
    await writeFile(others, 'of another program');
    await writeFile(present, '');
    await bench.blockhost('plugins --help');
    expect(await kept()).to.equal(present);
    expect(await readFile(others, 'utf8')).to.equal('of another program');
  });
});
