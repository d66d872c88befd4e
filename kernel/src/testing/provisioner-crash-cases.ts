import { expect } from 'chai';
import type { VmRef, VmSpec } from '../ports/provisioner.js';
import type { Run } from '../run/run.js';
import { observedRun } from './observed-run.js';
import type { ProvisionerBench } from './provisioner-conformance.js';
import { type KillableVerb, type OtherProcess, verbInChild } from './verb-in-child.js';

/** Cases of a process that dies in the middle of a verb, or works beside another one (need otherProcess). */
export function provisionerCrashCases(bench: () => ProvisionerBench): void {
  describe('across processes (needs otherProcess)', () => {
    let learned: Promise<Failpoints> | undefined;
    const failpointsOf = async (verb: keyof Failpoints) => {
      learned ??= learnFailpoints(bench());
      return (await learned)[verb];
    };

    before(function () {
      if (!bench().subject.otherProcess) this.skip();
    });

    it('keeps a VM running after the process that made it has ended', async () => {
      const { subject, create, stateOf } = bench();
      const spec = subject.spec();
      expect((await verbInChild(other(bench()), 'create', spec)).code).to.equal(0);
      const vm = await create(spec);
      expect(await stateOf(vm)).to.equal('running');
    });

    it('makes one VM of an operation that two processes order at once', async () => {
      const { subject, create, names, stateOf } = bench();
      const spec = subject.spec();
      const [child, vm] = await Promise.all([verbInChild(other(bench()), 'create', spec), create(spec)]);
      expect(child.code, child.stderr).to.equal(0);
      expect((await names()).filter((name) => name === spec.name)).to.have.length(1);
      expect(await stateOf(vm)).to.equal('running');
    });

    it('completes an order that is killed before and after each step of create, one after the other', async () => {
      const { subject, create, destroy, names, stateOf, expectNothingLeft } = bench();
      const make = async () => subject.spec();
      await killInTurn('create', await failpointsOf('create'), make, bench(), async (spec) => {
        const vm = await create(spec);
        expect(await create(spec)).to.deep.equal(vm);
        expect(await stateOf(vm)).to.equal('running');
        expect((await names()).filter((name) => name === spec.name)).to.have.length(1);
        await destroy(vm);
        await expectNothingLeft(spec.name);
      });
    });

    it('removes all of an order that was killed before or after any step of create', async () => {
      const { subject, destroy, expectNothingLeft } = bench();
      for (const failpoint of await failpointsOf('create')) {
        const spec = subject.spec();
        await killAt(failpoint, 'create', spec, bench());
        await destroy({ name: spec.name, backendRef: null });
        await expectNothingLeft(spec.name);
      }
    });

    it('completes a destroy that is killed before and after each of its steps, one after the other', async () => {
      const { subject, create, destroy, expectNothingLeft } = bench();
      const make = () => create(subject.spec());
      await killInTurn('destroy', await failpointsOf('destroy'), make, bench(), async (vm) => {
        await destroy(vm);
        await expectNothingLeft(vm.name);
      });
    });

    it('powers a VM off and on that was killed before or after any step of that', async () => {
      const { subject, create, kill, start, stateOf } = bench();
      const vm = await create(subject.spec());
      for (const failpoint of await failpointsOf('kill')) {
        await start(vm);
        await killAt(failpoint, 'kill', vm, bench());
        await kill(vm);
        expect(await stateOf(vm), failpoint).to.equal('stopped');
      }
      for (const failpoint of await failpointsOf('start')) {
        await kill(vm);
        await killAt(failpoint, 'start', vm, bench());
        await start(vm);
        expect(await stateOf(vm), failpoint).to.equal('running');
      }
    });
  });
}

type Failpoints = Readonly<Record<KillableVerb, readonly string[]>>;

/** Learns the steps of the verbs by doing each once; power may be switched without any. */
async function learnFailpoints({ subject, log }: ProvisionerBench): Promise<Failpoints> {
  const { provisioner } = subject;
  const spec = subject.spec();
  const vm = { name: spec.name, backendRef: null };
  const learn = async (name: KillableVerb, act: (run: Run) => Promise<unknown>) => {
    const { finished, error } = await observedRun({ name, log }, act);
    expect(error).to.equal(undefined);
    return finished.flatMap((step) => [`${name}.${step}:before`, `${name}.${step}:after`]);
  };
  const create = await learn('create', (run) => provisioner.create(spec, run));
  const kill = await learn('kill', (run) => provisioner.kill(vm, run));
  const start = await learn('start', (run) => provisioner.start(vm, run));
  const destroy = await learn('destroy', (run) => provisioner.destroy(vm, run));
  for (const [verb, failpoints] of Object.entries({ create, destroy }))
    expect(failpoints, `${verb} takes no named steps: use run.step`).to.not.be.empty;
  return { create, kill, start, destroy };
}

/**
 * Kills a verb at each failpoint in turn, going on each time with what the kill before left: a guest takes long to boot.
 * Where that was complete already, `complete` looks at it, and something new is killed.
 */
async function killInTurn<T extends VmSpec | VmRef>(
  verb: KillableVerb,
  failpoints: readonly string[],
  make: () => Promise<T>,
  bench: ProvisionerBench,
  complete: (subject: T) => Promise<void>,
): Promise<void> {
  let subject = await make();
  for (const failpoint of failpoints) {
    const { code, signal, stderr } = await verbInChild(other(bench), verb, subject, failpoint);
    if (code !== 0) expect(signal, `before ${failpoint}: ${stderr}`).to.equal('SIGKILL');
    else {
      await complete(subject);
      subject = await make();
      await killAt(failpoint, verb, subject, bench);
    }
  }
  await complete(subject);
}

async function killAt(
  failpoint: string,
  verb: KillableVerb,
  subject: Parameters<typeof verbInChild>[2],
  bench: ProvisionerBench,
): Promise<void> {
  const { signal, code, stderr } = await verbInChild(other(bench), verb, subject, failpoint);
  expect(signal, `${failpoint} was not reached (exit code ${code}): ${stderr}`).to.equal('SIGKILL');
}

function other({ subject }: ProvisionerBench): OtherProcess {
  if (!subject.otherProcess) throw new Error('the subject cannot be opened in another process');
  return subject.otherProcess;
}
