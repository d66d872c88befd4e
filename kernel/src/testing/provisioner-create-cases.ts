import { expect } from 'chai';
import type { VmSpec } from '../ports/provisioner.js';
import { expectRefusal } from './expect-refusal.js';
import { observedRun } from './observed-run.js';
import type { ProvisionerBench } from './provisioner-conformance.js';

const HOSTILE_NAMES = ['', '-x', 'x-', 'X', 'a b', '../x', 'a/b', 'x\n', 'ä', 'a'.repeat(64)];

/** Cases of `create`, `destroy` and the identity of orders; `declared` as in the manifest. */
export function provisionerCreateCases(
  bench: () => ProvisionerBench,
  declared: readonly string[] | undefined,
): void {
  const assigns = declared?.includes('assignsAddresses') ?? false;

  describe('create', () => {
    it('makes a VM that runs and answers its name, reference and user', async () => {
      const { subject, create, stateOf } = bench();
      const spec = subject.spec();
      const vm = await create(spec);
      expect(vm).to.include({ name: spec.name, username: spec.username });
      expect(vm.backendRef).to.be.a('string').that.is.not.empty;
      expect(await stateOf(vm)).to.equal('running');
    });

    it('gives the VM the addresses it was told, unless it assigns them itself', async () => {
      const { subject, create } = bench();
      const spec = subject.spec();
      const { ipv4, ipv6 } = await create(spec);
      if (spec.addresses && !assigns) expect({ ipv4, ipv6 }).to.deep.equal(spec.addresses);
      else expect([ipv4, ipv6].some((address) => typeof address === 'string')).to.equal(true);
    });

    if (assigns)
      it('gives no two VMs the same address', async () => {
        const { subject, create } = bench();
        const [one, other] = [await create(subject.spec()), await create(subject.spec())];
        const addresses = [one.ipv4, one.ipv6, other.ipv4, other.ipv6].filter((address) => address !== null);
        expect(new Set(addresses).size).to.equal(addresses.length);
      });

    it('answers the first result when the same operation is ordered again', async () => {
      const { subject, create, names } = bench();
      const spec = subject.spec();
      const first = await create(spec);
      expect(await create(spec)).to.deep.equal(first);
      expect((await names()).filter((name) => name === spec.name)).to.have.length(1);
    });

    it('answers the first result also when the VM has been stopped since', async () => {
      const { subject, create, kill } = bench();
      const spec = subject.spec();
      const first = await create(spec);
      await kill(first);
      expect(await create(spec)).to.deep.equal(first);
    });

    it('makes one VM of an operation that is ordered twice at once', async () => {
      const { subject, create, names } = bench();
      const spec = subject.spec();
      const [one, other] = await Promise.all([create(spec), create(spec)]);
      expect(other).to.deep.equal(one);
      expect((await names()).filter((name) => name === spec.name)).to.have.length(1);
    });

    it('refuses a name that belongs to another operation and leaves that VM alone', async () => {
      const { subject, create, stateOf } = bench();
      const spec = subject.spec();
      const vm = await create(spec);
      await expectRefusal(create({ ...subject.spec(), name: spec.name }), 'provisioner.name-taken');
      expect(await stateOf(vm)).to.equal('running');
      expect(await create(spec)).to.deep.equal(vm);
    });

    it('serves one of two operations that want the same name at once', async () => {
      const { subject, create, stateOf } = bench();
      const one = subject.spec();
      const outcomes = await Promise.allSettled([create(one), create({ ...subject.spec(), name: one.name })]);
      expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      expect(await stateOf({ name: one.name, backendRef: null })).to.equal('running');
    });

    it('makes several VMs at once', async () => {
      const { subject, create, names } = bench();
      const specs = [subject.spec(), subject.spec(), subject.spec()];
      const made = await Promise.all(specs.map(create));
      expect(made.map(({ name }) => name)).to.deep.equal(specs.map(({ name }) => name));
      expect(new Set(made.map(({ backendRef }) => backendRef)).size).to.equal(3);
      expect(await names()).to.include.members(specs.map(({ name }) => name));
    });

    it('refuses names that are none, before it touches anything', async () => {
      const { subject, create, names } = bench();
      for (const name of HOSTILE_NAMES)
        await expectRefusal(create({ ...subject.spec(), name }), 'provisioner.invalid-spec');
      expect(await names()).to.deep.equal([]);
      expect((await subject.leftovers?.()) ?? []).to.deep.equal([]);
    });

    it('refuses users, wallets, token ids and sizes out of bounds', async () => {
      const { subject, create, names } = bench();
      const wrong: Partial<VmSpec>[] = [
        { username: 'root:x' },
        { username: '-u' },
        { ownerWallet: '0x1,nft=2' },
        { ownerWallet: 'a\nb' },
        { tokenId: '-1' },
        { cpu: 0 },
        { memoryMb: 1.5 },
        { diskGb: -1 },
        { expiresAt: 'tomorrow' },
      ];
      for (const part of wrong)
        await expectRefusal(create({ ...subject.spec(), ...part }), 'provisioner.invalid-spec');
      expect(await names()).to.deep.equal([]);
    });

    it('does nothing when it is aborted before it begins', async () => {
      const { subject, run, expectNothingLeft } = bench();
      const spec = subject.spec();
      const order = run('create', (r) => subject.provisioner.create(spec, r), AbortSignal.abort());
      expect(
        await order.then(
          () => 'created',
          () => 'refused',
        ),
      ).to.equal('refused');
      await expectNothingLeft(spec.name);
    });

    for (const how of ['fails', 'is aborted'] as const)
      it(`reverts in reverse order and leaves nothing when it ${how} after any of its steps, and is served at last`, async () => {
        const { subject, log, stateOf, expectNothingLeft } = bench();
        const spec = subject.spec();
        for (let last = 1; ; last += 1) {
          const abort = new AbortController();
          let done = 0;
          const { error, undone, undoable } = await observedRun(
            { name: 'create', log, signal: abort.signal },
            (run) => subject.provisioner.create(spec, run),
            (step) => {
              done += 1;
              if (done !== last) return;
              if (how === 'fails') throw new Error(`fault after ${step}`);
              abort.abort();
            },
          );
          expect(done, 'create takes no named steps: use run.step').to.be.above(0);
          if (done < last) expect(error).to.equal(undefined);
          // Aborted after its last step it may as well succeed.
          if (error === undefined) break;
          expect(undone, `after step ${last}`).to.deep.equal(undoable.toReversed());
          await expectNothingLeft(spec.name);
        }
        expect(await stateOf({ name: spec.name, backendRef: null })).to.equal('running');
      });
  });

  describe('destroy', () => {
    it('removes a running VM and all that belongs to it', async () => {
      const { subject, create, destroy, stateOf, expectNothingLeft } = bench();
      const vm = await create(subject.spec());
      await destroy(vm);
      expect(await stateOf(vm)).to.equal('absent');
      await expectNothingLeft(vm.name);
    });

    it('removes a stopped VM', async () => {
      const { subject, create, kill, destroy, expectNothingLeft } = bench();
      const vm = await create(subject.spec());
      await kill(vm);
      await destroy(vm);
      await expectNothingLeft(vm.name);
    });

    it('succeeds for a VM that is absent, twice and at once', async () => {
      const { subject, create, destroy, expectNothingLeft } = bench();
      await destroy({ name: subject.spec().name, backendRef: null });
      const vm = await create(subject.spec());
      await Promise.all([destroy(vm), destroy(vm)]);
      await destroy(vm);
      await expectNothingLeft(vm.name);
    });

    it('frees the name for another operation', async () => {
      const { subject, create, destroy, stateOf } = bench();
      const first = await create(subject.spec());
      await destroy(first);
      const second = await create({ ...subject.spec(), name: first.name });
      expect(await stateOf(second)).to.equal('running');
    });

    it('leaves a later VM of the same name alone, where the backend can tell them apart', async function () {
      const { subject, create, destroy, stateOf } = bench();
      if (subject.tellsNamesakesApart === false) this.skip();
      const first = await create(subject.spec());
      await destroy(first);
      const second = await create({ ...subject.spec(), name: first.name });
      expect(second.backendRef).to.not.equal(first.backendRef);
      await destroy(first).catch(() => {});
      expect(await stateOf(second)).to.equal('running');
    });

    it('touches no other VM', async () => {
      const { subject, create, destroy, stateOf } = bench();
      const [one, other] = await Promise.all([create(subject.spec()), create(subject.spec())]);
      await destroy(one);
      expect(await stateOf(other)).to.equal('running');
    });
  });
}
