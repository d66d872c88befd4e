import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import { absent, type Presence, present, unknown } from '../ports/presence.js';
import type { CreatedVm, PowerState, Provisioner, VmListing, VmRef, VmSpec } from '../ports/provisioner.js';
import { checkVmSpec } from '../ports/vm-spec-check.js';
import type { Run } from '../run/run.js';
import { runSuite } from '../tools/check/run-suite.js';
import { aVmSpec } from './a-vm-spec.js';
import { provisionerConformance } from './provisioner-conformance.js';

interface Box {
  readonly operationId: string;
  readonly backendRef: string;
  power: PowerState;
}

/** The contract at its shortest: boxes in a map. The flaws below are what the suite must find in it. */
class Boxes implements Provisioner {
  readonly boxes = new Map<string, Box>();
  reachable = true;
  made = 0;

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    this.reach();
    const { name, operationId, username } = spec;
    const there = this.boxes.get(name);
    if (there && there.operationId !== operationId) throw refusal('name-taken');
    const box = there ?? { operationId, backendRef: `box-${++this.made}`, power: 'stopped' as PowerState };
    if (!there) {
      await run.step(
        'define',
        () => void this.boxes.set(name, box),
        () => this.boxes.delete(name),
      );
      await run.step(
        'boot',
        () => this.power(box, 'running'),
        () => this.power(box, 'stopped'),
      );
    }
    return { name, backendRef: box.backendRef, username, ipv4: null, ipv6: null };
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    this.reach();
    if (this.find(vm)) await run.step('remove', () => this.boxes.delete(vm.name));
  }

  async start(vm: VmRef): Promise<void> {
    this.power(this.require(vm), 'running');
  }

  async stop(vm: VmRef): Promise<void> {
    this.power(this.require(vm), 'stopped');
  }

  async kill(vm: VmRef): Promise<void> {
    this.power(this.require(vm), 'stopped');
  }

  async status(vm: VmRef): Promise<Presence<PowerState>> {
    if (!this.reachable) return unknown('cut off');
    const box = this.find(vm);
    return box ? present(box.power) : absent;
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    if (!this.reachable) return unknown('cut off');
    return present([...this.boxes].map(([name, { backendRef, power }]) => ({ name, backendRef, power })));
  }

  find({ name, backendRef }: VmRef): Box | undefined {
    const box = this.boxes.get(name);
    return box && (backendRef === null || backendRef === box.backendRef) ? box : undefined;
  }

  require(vm: VmRef): Box {
    this.reach();
    const box = this.find(vm);
    if (!box) throw refusal('no-such-vm');
    return box;
  }

  power(box: Box, power: PowerState): void {
    box.power = power;
  }

  reach(): void {
    if (!this.reachable) throw refusal('unreachable');
  }
}

function refusal(what: string): BlockhostError {
  return new BlockhostError(`provisioner.${what}`, `Refused: ${what}.`);
}

/** Titles of the cases that fail for this provisioner. */
async function findings(boxes: Boxes, capabilities: readonly string[] = []): Promise<string[]> {
  const { failures, passed } = await runSuite(() =>
    provisionerConformance({
      capabilities,
      setup: async () => ({
        provisioner: boxes,
        spec: () => aVmSpec(),
        async breakBackend() {
          boxes.reachable = false;
          return async () => {
            boxes.reachable = true;
          };
        },
      }),
    }),
  );
  expect(passed).to.be.above(0);
  return failures.map(({ title }) => title.replace('a provisioner ', ''));
}

const flaws: Readonly<Record<string, { readonly flaw: () => Boxes; readonly found: string }>> = {
  'forgets its orders': {
    flaw: () =>
      new (class extends Boxes {
        override async create(spec: VmSpec, run: Run) {
          if (this.boxes.has(spec.name)) throw refusal('name-taken');
          return super.create(spec, run);
        }
      })(),
    found: 'create answers the first result when the same operation is ordered again',
  },
  'gives a name to whoever asks': {
    flaw: () =>
      new (class extends Boxes {
        override async create(spec: VmSpec, run: Run) {
          this.boxes.delete(spec.name);
          return super.create(spec, run);
        }
      })(),
    found: 'create refuses a name that belongs to another operation and leaves that VM alone',
  },
  'registers no undo': {
    flaw: () =>
      new (class extends Boxes {
        override create(spec: VmSpec, run: Run) {
          return super.create(spec, { ...run, step: (name, act) => run.step(name, act) });
        }
      })(),
    found:
      'create reverts in reverse order and leaves nothing when it fails after any of its steps, and is served at last',
  },
  'takes silence for absence': {
    flaw: () =>
      new (class extends Boxes {
        override async status(vm: VmRef) {
          return this.reachable ? super.status(vm) : absent;
        }
      })(),
    found:
      'status answers unknown, and creates and destroys nothing, while the hypervisor does not answer (needs breakBackend)',
  },
  'stops what is not there': {
    flaw: () =>
      new (class extends Boxes {
        override async stop(vm: VmRef) {
          if (this.find(vm)) await super.stop(vm);
          else this.reach();
        }
      })(),
    found: 'stop refuses a VM that does not exist',
  },
  'kills what is not there': {
    flaw: () =>
      new (class extends Boxes {
        override async kill(vm: VmRef) {
          if (this.find(vm)) await super.kill(vm);
          else this.reach();
        }
      })(),
    found: 'kill refuses a VM that does not exist',
  },
  'destroys by name alone': {
    flaw: () =>
      new (class extends Boxes {
        override destroy({ name }: VmRef, run: Run) {
          return super.destroy({ name, backendRef: null }, run);
        }
      })(),
    found: 'destroy leaves a later VM of the same name alone, where the backend can tell them apart',
  },
  'says that it stopped what runs on': {
    flaw: () =>
      new (class extends Boxes {
        override async stop(vm: VmRef) {
          this.require(vm);
        }
      })(),
    found: 'stop waits until the guest has shut down',
  },
  'lists what is destroyed': {
    flaw: () =>
      new (class extends Boxes {
        readonly ever = new Map<string, VmListing>();
        override async list() {
          const listed = await super.list();
          if (listed.kind !== 'present') return listed;
          for (const vm of listed.value) this.ever.set(vm.name, vm);
          return present([...this.ever.values()]);
        }
      })(),
    found: 'list answers an empty list when there is no VM',
  },
  'offers what it does not declare': {
    flaw: () =>
      new (class extends Boxes {
        async guestExec() {
          return { code: 0, stdout: '', stderr: '' };
        }
      })(),
    found: 'guestExec, which is not declared is refused as not supported',
  },
};

describe('the conformance suite of provisioners', function () {
  this.timeout(10_000);

  it('finds nothing in a provisioner that keeps the contract', async () => {
    expect(await findings(new Boxes())).to.deep.equal([]);
  });

  for (const [title, { flaw, found }] of Object.entries(flaws))
    it(`finds a provisioner that ${title}`, async () => {
      expect(await findings(flaw())).to.include(found);
    });

  describe('that assign addresses themselves', () => {
    class Addressed extends Boxes {
      constructor(readonly address: (made: number) => string | null) {
        super();
      }

      override async create(spec: VmSpec, run: Run) {
        const vm = await super.create(spec, run);
        return { ...vm, ipv6: this.address(Number(vm.backendRef.slice('box-'.length))) };
      }
    }
    const check = (address: Addressed['address']) => findings(new Addressed(address), ['assignsAddresses']);

    it('finds nothing when each VM has its own, whatever the order said', async () => {
      expect(await check((made) => `2001:db8::${made}`)).to.deep.equal([]);
    });

    it('finds VMs that share one', async () => {
      expect(await check(() => '2001:db8::1')).to.deep.equal(['create gives no two VMs the same address']);
    });

    it('finds VMs that have none', async () => {
      expect(await check(() => null)).to.deep.equal([
        'create gives the VM the addresses it was told, unless it assigns them itself',
      ]);
    });
  });
});
