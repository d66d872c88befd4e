import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { reconcilerFailpoints } from './failpoints.js';

describe('the failpoints of the reconciler', () => {
  it('are those of every step that its code takes', async () => {
    const folder = import.meta.dirname;
    const files = [
      ...(await readdir(folder)).map((file) => path.join(folder, file)),
      path.join(folder, '../vms/tell-guest.js'),
    ];
    const taken = new Set<string>();
    for (const file of files.filter((name) => /(?<!\.test)\.js$/.test(name)))
      for (const [, step] of (await readFile(file, 'utf8')).matchAll(/run\.step\('([^']+)'/g))
        if (step) taken.add(`reconcile.${step}`);
    const declared = new Set(reconcilerFailpoints.map((name) => name.split(':')[0] ?? ''));
    expect([...taken].filter((step) => !declared.has(step))).to.deep.equal([]);
    expect(declared).to.include.all.keys('reconcile.set-owner', 'reconcile.requeue', ...taken);
    expect(taken.size).to.be.above(5);
  });
});
