import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { KERNEL_VERSION } from './version.js';

describe('KERNEL_VERSION', () => {
  it('is the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(KERNEL_VERSION).to.equal(version);
  });
});
