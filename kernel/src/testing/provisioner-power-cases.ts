import { expect } from 'chai';
import { expectRefusal } from './expect-refusal.js';
import type { ProvisionerBench } from './provisioner-conformance.js';

/** Cases of power and of looking: `start`, `stop`, `kill`, `status`, `list`. */
export function provisionerPowerCases(bench: () => ProvisionerBench): void {
  const aVm = async () => {
    const { subject, create } = bench();
    return create(subject.spec());
  };

  describe('start', () => {
    it('powers a stopped VM on, and it is the same VM', async () => {
      const { kill, start, stateOf } = bench();
      const vm = await aVm();
      await kill(vm);
      expect(await stateOf(vm)).to.equal('stopped');
      await start(vm);
      expect(await stateOf(vm)).to.equal('running');
    });

    it('succeeds for a running VM, and twice at once', async () => {
      const { kill, start, stateOf } = bench();
      const vm = await aVm();
      await start(vm);
      await kill(vm);
      await Promise.all([start(vm), start(vm)]);
      expect(await stateOf(vm)).to.equal('running');
    });

    it('refuses a VM that does not exist', async () => {
      const { subject, start } = bench();
      await expectRefusal(start({ name: subject.spec().name, backendRef: null }), 'provisioner.no-such-vm');
    });
  });

  describe('stop', () => {
    it('waits until the guest has shut down', async () => {
      const { stop, stateOf } = bench();
      const vm = await aVm();
      await stop(vm);
      expect(await stateOf(vm)).to.equal('stopped');
    });

    it('succeeds for a VM that is off, and twice at once', async () => {
      const { stop, stateOf } = bench();
      const vm = await aVm();
      await Promise.all([stop(vm), stop(vm)]);
      await stop(vm);
      expect(await stateOf(vm)).to.equal('stopped');
    });

    it('gives up after its time limit and leaves a VM running that ignores it (needs ignoreShutdown)', async function () {
      const { subject, stop, kill, stateOf } = bench();
      if (!subject.ignoreShutdown) return this.skip();
      const vm = await aVm();
      await subject.ignoreShutdown(vm);
      const began = Date.now();
      await expectRefusal(stop(vm, 1_000), 'provisioner.still-running');
      expect(Date.now() - began).to.be.at.least(1_000);
      expect(await stateOf(vm)).to.equal('running');
      await kill(vm);
      expect(await stateOf(vm)).to.equal('stopped');
    });

    it('refuses a VM that does not exist', async () => {
      const { subject, stop } = bench();
      await expectRefusal(stop({ name: subject.spec().name, backendRef: null }), 'provisioner.no-such-vm');
    });

    it('stops waiting when it is aborted (needs ignoreShutdown)', async function () {
      const { subject, run, stateOf } = bench();
      if (!subject.ignoreShutdown) return this.skip();
      const vm = await aVm();
      await subject.ignoreShutdown(vm);
      const waiting = run(
        'stop',
        (r) => subject.provisioner.stop(vm, { timeoutMs: 600_000 }, r),
        AbortSignal.timeout(300),
      );
      expect(
        await waiting.then(
          () => 'stopped',
          () => 'refused',
        ),
      ).to.equal('refused');
      expect(await stateOf(vm)).to.equal('running');
    });
  });

  describe('kill', () => {
    it('powers off at once', async () => {
      const { kill, stateOf } = bench();
      const vm = await aVm();
      await kill(vm);
      expect(await stateOf(vm)).to.equal('stopped');
    });

    it('succeeds for a VM that is off, and twice at once', async () => {
      const { kill, stateOf } = bench();
      const vm = await aVm();
      await Promise.all([kill(vm), kill(vm)]);
      await kill(vm);
      expect(await stateOf(vm)).to.equal('stopped');
    });

    it('refuses a VM that does not exist', async () => {
      const { subject, kill } = bench();
      await expectRefusal(kill({ name: subject.spec().name, backendRef: null }), 'provisioner.no-such-vm');
    });
  });

  describe('status', () => {
    it('answers absent for a VM that was never made', async () => {
      const { subject, stateOf } = bench();
      expect(await stateOf({ name: subject.spec().name, backendRef: null })).to.equal('absent');
    });

    it('answers the same with and without the reference', async () => {
      const { stateOf } = bench();
      const vm = await aVm();
      expect(await stateOf({ name: vm.name, backendRef: null })).to.equal('running');
      expect(await stateOf(vm)).to.equal('running');
    });

    it('answers unknown, and creates and destroys nothing, while the hypervisor does not answer (needs breakBackend)', async function () {
      const { subject, create, destroy, start, kill, stateOf } = bench();
      if (!subject.breakBackend) return this.skip();
      const vm = await aVm();
      const mend = await subject.breakBackend();
      const away = 'provisioner.unreachable';
      try {
        expect(await stateOf(vm)).to.equal('unknown');
        expect((await subject.provisioner.list()).kind).to.equal('unknown');
        await expectRefusal(destroy(vm), away);
        await expectRefusal(create({ ...subject.spec(), name: vm.name }), away);
        await expectRefusal(start(vm), away);
        await expectRefusal(kill(vm), away);
      } finally {
        await mend();
      }
      expect(await stateOf(vm)).to.equal('running');
    });
  });

  describe('list', () => {
    it('answers every VM once, with the state that status answers', async () => {
      const { subject, kill, stateOf } = bench();
      const [one, other] = [await aVm(), await aVm()];
      await kill(other);
      const listed = await subject.provisioner.list();
      if (listed.kind !== 'present') return expect.fail(JSON.stringify(listed));
      const sorted = [...listed.value].sort((a, b) => a.name.localeCompare(b.name));
      const expected = await Promise.all(
        [one, other].map(async ({ name, backendRef }) => ({
          name,
          backendRef,
          power: await stateOf({ name, backendRef }),
        })),
      );
      expect(sorted).to.deep.equal(expected.sort((a, b) => a.name.localeCompare(b.name)));
    });

    it('answers an empty list when there is no VM', async () => {
      expect(await bench().subject.provisioner.list()).to.deep.equal({ kind: 'present', value: [] });
    });
  });
}
