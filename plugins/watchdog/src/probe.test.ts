import { type Provisioner, systemClock, type VmMetrics, type VmRecord } from '@blockhost/kernel';
import { expect } from 'chai';
import { Probe } from './probe.js';
import { aFigure } from './test-figures.js';

const LIMIT_MS = 50;
const named = (...names: string[]) => names.map((name) => ({ name, operationId: `op-${name}` }) as VmRecord);

/** A provisioner that only measures, by what the test says of each VM. */
function measuring(answer: (name: string) => Promise<VmMetrics>) {
  const asked: string[] = [];
  let running = 0;
  const most = { atOnce: 0 };
  const metrics = async ({ name }: { readonly name: string }) => {
    asked.push(name);
    running += 1;
    most.atOnce = Math.max(most.atOnce, running);
    try {
      return await answer(name);
    } finally {
      running -= 1;
    }
  };
  const probe = new Probe({ metrics } as Partial<Provisioner> as Provisioner, systemClock, LIMIT_MS);
  return { probe, asked, most };
}

describe('a look at VMs', () => {
  it('asks for four at a time', async () => {
    const { probe, most } = measuring(async () => {
      await systemClock.sleep(2);
      return aFigure();
    });
    const { samples } = await probe.look(named(...'abcdefghij'));
    expect(samples.size).to.equal(10);
    expect(most.atOnce).to.equal(4);
  });

  it('says why one could not be measured, and measures the others', async () => {
    const { probe } = measuring(async (name) => {
      if (name === 'b') throw new Error('it is gone');
      return aFigure();
    });
    const { samples, unmeasured } = await probe.look(named('a', 'b', 'c'));
    expect([...samples.keys()]).to.have.members(['op-a', 'op-c']);
    expect([...unmeasured]).to.deep.equal([['op-b', 'it is gone']]);
  });

  it('waits for none longer than its limit, asks it again only once it has answered, and last', async () => {
    const late = Promise.withResolvers<VmMetrics>();
    const { probe, asked } = measuring((name) => (name === 'a' ? late.promise : Promise.resolve(aFigure())));
    const first = await probe.look(named('a', 'b'));
    expect([...first.unmeasured.keys()]).to.deep.equal(['op-a']);
    expect(first.costMs, 'waiting is no work').to.be.below(LIMIT_MS);
    const second = await probe.look(named('a', 'b'));
    expect([...second.unmeasured.keys()]).to.deep.equal(['op-a']);
    expect(asked).to.deep.equal(['a', 'b', 'b']);
    late.resolve(aFigure());
    await new Promise(setImmediate);
    expect((await probe.look(named('a', 'b'))).samples.size).to.equal(2);
    expect(asked).to.deep.equal(['a', 'b', 'b', 'b', 'a']);
  });

  describe('by one question', () => {
    /** As the kernel hands out a provisioner that declares the capability. */
    const batch = (metricsAll: () => Promise<Record<string, VmMetrics>>) => {
      const port = { metricsAll, [Symbol.for('blockhost.capabilities')]: ['metrics', 'metricsBatch'] };
      return new Probe(port as Partial<Provisioner> as Provisioner, systemClock, LIMIT_MS);
    };

    it('takes what was answered, and misses the others', async () => {
      const { samples, unmeasured } = await batch(async () => ({ a: aFigure() })).look(
        named('a', 'toString'),
      );
      expect([...samples.keys()]).to.deep.equal(['op-a']);
      expect([...unmeasured.keys()]).to.deep.equal(['op-toString']);
    });

    it('misses all when it fails, and does not ask again before there was an answer', async () => {
      let asked = 0;
      const answers = [Promise.withResolvers<Record<string, VmMetrics>>()];
      const probe = batch(async () => {
        asked += 1;
        return answers[0]?.promise ?? {};
      });
      expect((await probe.look(named('a', 'b'))).unmeasured.size).to.equal(2);
      expect((await probe.look(named('a', 'b'))).unmeasured.size).to.equal(2);
      expect(asked).to.equal(1);
      answers[0]?.reject(new Error('the hypervisor is away'));
      await new Promise(setImmediate);
      const { unmeasured } = await probe.look(named('a'));
      expect([...unmeasured.values()]).to.deep.equal(['the hypervisor is away']);
    });
  });
});
