import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { fundFailpoints } from './failpoints.js';

describe('the failpoints of money', () => {
  it('are around every step that runs', async () => {
    const files = (await readdir(import.meta.dirname)).filter((name) => /^[a-z-]+\.js$/.test(name));
    const steps = new Set<string>();
    for (const file of files)
      for (const [, step = ''] of (await readFile(join(import.meta.dirname, file), 'utf8')).matchAll(
        /\brun\.step\(\s*'([a-z-]+)'/g,
      ))
        steps.add(step);
    const named = fundFailpoints.flatMap((name) => /^funds\.(.+):before$/.exec(name)?.[1] ?? []);
    expect([...steps].sort()).to.deep.equal([...named].sort());
  });
});
