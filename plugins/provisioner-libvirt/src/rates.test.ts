import { aVmSpec, type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { forgetSamples, ratesSince } from './rates.js';

describe('rates of a VM', () => {
  let host: HostRoot;
  before(async () => {
    host = await makeHostRoot({ plugins: [] });
  });
  after(() => host.dispose());

  const vm = { backendRef: 'one', spec: aVmSpec({ name: 'vm-1' }) };

  it('are those since the sample before, and the same for whoever looks again at once', async () => {
    const at = (ms: number, rx: number, of = vm) => ratesSince(host.paths, of, { rx }, 1_000_000 + ms);
    expect(await at(0, 1_000)).to.deep.equal({});
    expect(await at(2_000, 5_000)).to.deep.equal({ rx: 2_000 });
    expect(await at(2_100, 9_000)).to.deep.equal({ rx: 2_000 });
    expect(await at(2_499, 9_000)).to.deep.equal({ rx: 2_000 });
    expect(await at(4_000, 6_000)).to.deep.equal({ rx: 500 });
    // The counter began anew, the clock went back, another VM of that name.
    expect(await at(6_000, 10)).to.deep.equal({ rx: 0 });
    expect(await at(1_000, 20)).to.deep.equal({});
    expect(await at(3_000, 30, { ...vm, backendRef: 'two' })).to.deep.equal({});
    await forgetSamples(host.paths, vm.spec.name);
    expect(await at(9_000, 99)).to.deep.equal({});
  });
});
