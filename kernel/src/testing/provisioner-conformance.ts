import { expect } from 'chai';
import {
  type CreatedVm,
  type Provisioner,
  type ProvisionerCapabilities,
  provisionerPort,
  type VmRef,
  type VmSpec,
} from '../ports/provisioner.js';
import { type Run, withRun } from '../run/run.js';
import { provisionerCapabilityCases } from './provisioner-capability-cases.js';
import { provisionerCrashCases } from './provisioner-crash-cases.js';
import { provisionerCreateCases } from './provisioner-create-cases.js';
import { provisionerPowerCases } from './provisioner-power-cases.js';
import { RecordingLogger } from './recording-logger.js';
import type { OtherProcess } from './verb-in-child.js';

/** What a provisioner's author gives the suite. Everything optional adds cases. */
export interface ProvisionerSubject {
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  /** An order that can be served: each time another name, operation and free address. */
  spec(): VmSpec;
  /** Makes the guest of a running VM ignore requests to shut down. */
  ignoreShutdown?(vm: VmRef): Promise<void>;
  /** Makes the hypervisor unreachable; answers what mends it. */
  breakBackend?(): Promise<() => Promise<void>>;
  /** What is left of VMs beside those that `list` answers: processes, disks, definitions; in words for people. */
  leftovers?(): Promise<readonly string[]>;
  /** Opens the same provisioner in another process: adds the crash cases. */
  readonly otherProcess?: OtherProcess;
  /** False when the backend cannot tell a VM from a later one of the same name; true unless told. */
  readonly tellsNamesakesApart?: boolean;
}

export interface ProvisionerConformance<S extends ProvisionerSubject> {
  /** Called once before the cases. */
  setup(): Promise<S>;
  teardown?(subject: S): Promise<unknown>;
  /** What the manifest declares; absent: each capability whose members are there is tested. */
  readonly capabilities?: readonly string[];
  /** Which cases; all unless told. A suite on slow machines may be spread over files that run side by side. */
  readonly parts?: readonly (keyof typeof PARTS)[];
}

const PARTS = {
  create: provisionerCreateCases,
  power: provisionerPowerCases,
  capabilities: provisionerCapabilityCases,
  crash: provisionerCrashCases,
};

/** What the cases share: the subject and its verbs, each in a run of its own. */
export interface ProvisionerBench {
  readonly subject: ProvisionerSubject;
  readonly log: RecordingLogger;
  run<T>(verb: string, act: (run: Run) => Promise<T>, signal?: AbortSignal): Promise<T>;
  create(spec: VmSpec): Promise<CreatedVm>;
  destroy(vm: VmRef): Promise<void>;
  start(vm: VmRef): Promise<void>;
  stop(vm: VmRef, timeoutMs?: number): Promise<void>;
  kill(vm: VmRef): Promise<void>;
  /** `running`, `stopped`, `paused`, `absent` or `unknown`. */
  stateOf(vm: VmRef): Promise<string>;
  /** Names that `list` answers; fails when it cannot. */
  names(): Promise<string[]>;
  /** Fails when anything of `name`, or anything unlisted, is there. */
  expectNothingLeft(name: string): Promise<void>;
}

/**
 * The contract of the port `provisioner` as Mocha cases: call it at the top level of a test file.
 *
 *     provisionerConformance({
 *       setup: async () => ({ provisioner: new DemoCloud(config, exec), spec: () => aVmSpec() }),
 *       teardown: async ({ provisioner }) => provisioner.purge(),
 *     });
 *
 * The suite destroys every VM it made.
 */
export function provisionerConformance<S extends ProvisionerSubject>({
  setup,
  teardown,
  capabilities,
  parts = ['create', 'power', 'capabilities', 'crash'],
}: ProvisionerConformance<S>): void {
  describe('a provisioner', function () {
    // A real hypervisor boots machines here.
    this.timeout(900_000);
    this.slow(60_000);
    let subject: S | undefined;
    const bench = (): ProvisionerBench => {
      if (!subject) throw new Error('the suite was not set up');
      return benchOf(subject);
    };

    before(async () => {
      subject = await setup();
    });
    afterEach(async () => {
      const { subject, destroy } = bench();
      const listed = await subject.provisioner.list();
      if (listed.kind === 'present') for (const vm of listed.value) await destroy(vm);
    });
    after(async () => {
      if (subject) await teardown?.(subject);
    });

    it('has every verb of the port', () => {
      const { provisioner } = bench().subject;
      for (const member of provisionerPort.core) expect(provisioner).to.have.property(member).a('function');
    });
    for (const part of parts) PARTS[part](bench, capabilities);
  });
}

function benchOf(subject: ProvisionerSubject): ProvisionerBench {
  const { provisioner } = subject;
  const log = new RecordingLogger();
  const run: ProvisionerBench['run'] = (name, act, signal) =>
    withRun({ name, log, ...(signal && { signal }) }, act);
  const stateOf = async (vm: VmRef) => {
    const presence = await provisioner.status(vm);
    return presence.kind === 'present' ? presence.value : presence.kind;
  };
  const names = async () => {
    const listed = await provisioner.list();
    if (listed.kind !== 'present') throw new Error(`list answers ${JSON.stringify(listed)}`);
    return listed.value.map(({ name }) => name);
  };
  return {
    subject,
    log,
    run,
    stateOf,
    names,
    create: (spec) => run('create', (r) => provisioner.create(spec, r)),
    destroy: (vm) => run('destroy', (r) => provisioner.destroy(vm, r)),
    start: (vm) => run('start', (r) => provisioner.start(vm, r)),
    stop: (vm, timeoutMs = 180_000) => run('stop', (r) => provisioner.stop(vm, { timeoutMs }, r)),
    kill: (vm) => run('kill', (r) => provisioner.kill(vm, r)),
    async expectNothingLeft(name) {
      expect(await stateOf({ name, backendRef: null }), `state of ${name}`).to.equal('absent');
      expect(await names()).not.to.include(name);
      expect((await subject.leftovers?.()) ?? [], 'left over').to.deep.equal([]);
    },
  };
}
