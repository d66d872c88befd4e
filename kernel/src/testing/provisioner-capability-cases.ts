import { expect } from 'chai';
import { isBlockhostError } from '../errors/blockhost-error.js';
import {
  type CreatedVm,
  type ProvisionerCapabilities,
  provisionerPort,
  type VmMetrics,
} from '../ports/provisioner.js';
import { expectRefusal } from './expect-refusal.js';
import type { ProvisionerBench } from './provisioner-conformance.js';

type Capable = ProvisionerCapabilities;
type Case = (provisioner: Capable, vm: CreatedVm, bench: ProvisionerBench) => Promise<void>;

const LIMIT = { timeoutMs: 60_000 };

const cases: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  metrics: {
    'answers figures within their bounds': async (provisioner, vm) => {
      const figures = await provisioner.metrics(vm);
      expect(figures.state).to.equal('running');
      expectFigures(figures);
      expect(figures.cpuCount).to.be.at.least(1);
      expect(figures.memoryTotalMb).to.be.above(0);
    },
    'answers zeros and the size of a VM that is off': async (provisioner, vm, { kill }) => {
      await kill(vm);
      const figures = await provisioner.metrics(vm);
      expectFigures(figures);
      expect(figures).to.include({ state: 'stopped', cpuPercent: 0, guestAgentResponsive: false });
      expect(figures.cpuCount).to.be.at.least(1);
    },
    'refuses a VM that does not exist': (provisioner, _, { subject }) =>
      expectRefusal(
        provisioner.metrics({ name: subject.spec().name, backendRef: null }),
        'provisioner.no-such-vm',
      ).then(() => {}),
  },
  metricsBatch: {
    'answers by name the figures of every VM it is asked for, and of no other': async (provisioner, vm) => {
      const nobody = { name: 'nobody-at-all', backendRef: null };
      const figures = await provisioner.metricsAll([vm, nobody]);
      expect(Object.keys(figures)).to.deep.equal([vm.name]);
      for (const each of Object.values(figures)) expectFigures(each);
      expect(await provisioner.metricsAll([])).to.deep.equal({});
    },
  },
  guestExec: {
    'answers the exit code and both outputs of a command': async (provisioner, vm) => {
      const result = await provisioner.guestExec(vm, 'echo out; echo err >&2; exit 3', LIMIT);
      expect(result).to.deep.equal({ code: 3, stdout: 'out\n', stderr: 'err\n' });
    },
    'runs a command as one piece, quotes and all': async (provisioner, vm) => {
      const { stdout } = await provisioner.guestExec(vm, `x='a  b'; printf '%s|%s' "$x" '$HOME'`, LIMIT);
      expect(stdout).to.equal('a  b|$HOME');
    },
    'never answers for a command that the time limit ended': async (provisioner, vm) => {
      await expectError(provisioner.guestExec(vm, 'sleep 600', { timeoutMs: 500 }));
    },
    'never answers for a command that a signal ended': async (provisioner, vm) => {
      await expectError(provisioner.guestExec(vm, 'kill -9 $$', LIMIT));
    },
    'refuses while the VM is off': async (provisioner, vm, { kill }) => {
      await kill(vm);
      await expectRefusal(provisioner.guestExec(vm, 'true', LIMIT), 'provisioner.guest-unreachable');
    },
  },
  updateGecos: {
    'writes who may log in, again and again': async (provisioner, vm) => {
      const { username } = vm;
      await provisioner.updateGecos(vm, { wallet: '0xabc', tokenId: '7', username });
      await provisioner.updateGecos(vm, { wallet: '0xdef', tokenId: '8', username });
      await provisioner.updateGecos(vm, { wallet: '0xdef', tokenId: '8', username });
    },
    'refuses values that could reach beyond the field': async (provisioner, vm) => {
      const { username } = vm;
      const good = { wallet: '0xabc', tokenId: '7', username };
      for (const wrong of [{ wallet: 'a:b' }, { wallet: 'a\nroot' }, { tokenId: '7,8' }, { username: 'a b' }])
        await expectRefusal(provisioner.updateGecos(vm, { ...good, ...wrong }), 'provisioner.invalid-spec');
    },
    'refuses while the VM is off': async (provisioner, vm, { kill }) => {
      await kill(vm);
      await expectError(
        provisioner.updateGecos(vm, { wallet: '0xabc', tokenId: '7', username: vm.username }),
      );
    },
  },
  throttle: {
    'takes limits and lifts them': async (provisioner, vm) => {
      await provisioner.throttle(vm, { cpuQuotaPercent: 50 });
      await provisioner.throttle(vm, { cpuQuotaPercent: null });
    },
  },
  template: {
    'builds once and then finds it current': async (provisioner, _, { run }) => {
      const { fingerprint } = await run('template', (r) => provisioner.buildTemplate({ force: false }, r));
      const again = await run('template', (r) => provisioner.buildTemplate({ force: false }, r));
      expect(fingerprint).to.be.a('string').that.is.not.empty;
      expect(again.fingerprint).to.equal(fingerprint);
    },
    'leaves VMs alone when it is built anew': async (provisioner, vm, { run, kill, start, stateOf }) => {
      await run('template', (r) => provisioner.buildTemplate({ force: true }, r));
      await kill(vm);
      await start(vm);
      expect(await stateOf(vm)).to.equal('running');
    },
  },
  detect: {
    'finds its platform where it has just made a VM, and explains': async (provisioner) => {
      const { present, explanation } = await provisioner.detect();
      expect(present, explanation).to.equal(true);
      expect(explanation).to.not.be.empty;
    },
  },
};

/** Arguments that a refusal cannot be blamed on. */
const sensible: Readonly<Record<string, (vm: CreatedVm) => readonly unknown[]>> = {
  guestExec: (vm) => [vm, 'true', LIMIT],
  updateGecos: (vm) => [vm, { wallet: '0xabc', tokenId: '7', username: vm.username }],
  throttle: (vm) => [vm, { cpuQuotaPercent: 50 }],
  buildTemplate: () => [{ force: false }],
  detect: () => [],
};

/** Cases of what a provisioner can do beyond the core. Declared means it works; not declared means it refuses. */
export function provisionerCapabilityCases(
  bench: () => ProvisionerBench,
  declared: readonly string[] | undefined,
): void {
  for (const [capability, members] of Object.entries(provisionerPort.capabilities)) {
    if (members.length === 0) continue;
    if (declared && !declared.includes(capability)) {
      describe(`${capability}, which is not declared`, () => {
        it('is refused as not supported', () => expectNotSupported(bench(), members));
      });
      continue;
    }
    describe(declared ? capability : `${capability}, when it is there`, () => {
      for (const [title, body] of Object.entries(cases[capability] ?? {}))
        it(title, async function () {
          const { subject, create } = bench();
          const provisioner = subject.provisioner as unknown as Capable & Record<string, unknown>;
          if (!declared && members.some((member) => typeof provisioner[member] !== 'function'))
            return this.skip();
          await body(provisioner, await create(subject.spec()), bench());
        });
    });
  }
}

async function expectNotSupported(
  { subject, create, run }: ProvisionerBench,
  members: readonly string[],
): Promise<void> {
  const provisioner = subject.provisioner as unknown as Record<string, unknown>;
  // The kernel refuses for a plugin that does not have the member at all.
  const there = members.filter((member) => typeof provisioner[member] === 'function');
  if (there.length === 0) return;
  const vm = await create(subject.spec());
  for (const member of there) {
    const verb = provisioner[member] as (...args: unknown[]) => Promise<unknown>;
    const answer = run(member, async (r) =>
      verb.apply(provisioner, [...(sensible[member]?.(vm) ?? [vm, {}]), r]),
    );
    await expectRefusal(answer, 'port.not-supported');
  }
}

async function expectError(answer: Promise<unknown>): Promise<void> {
  const outcome: unknown = await answer.then(
    (value) => ({ answered: value }),
    (error: unknown) => error,
  );
  expect(isBlockhostError(outcome), JSON.stringify(outcome)).to.equal(true);
}

function expectFigures(figures: VmMetrics): void {
  const { cpuPercent, cpuCount, memoryUsedMb, memoryTotalMb, uptimeSeconds } = figures;
  expect(cpuPercent).to.be.within(0, 100 * cpuCount);
  expect(memoryUsedMb).to.be.at.least(0);
  expect(memoryTotalMb).to.be.at.least(0);
  expect(uptimeSeconds).to.be.at.least(-1);
  for (const [name, figure] of Object.entries(figures))
    if (typeof figure === 'number') expect(figure, name).to.be.at.least(-1);
}
