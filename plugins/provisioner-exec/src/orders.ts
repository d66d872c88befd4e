import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  acquireLock,
  type CreatedVm,
  checkVmRef,
  checkVmSpec,
  hasCode,
  type Run,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';
import { createArguments } from './create-arguments.js';
import { createdVm, resultObject } from './create-result.js';
import type { MachineState } from './machine-state.js';
import { endOrderProcesses, ORDER_MARK } from './order-processes.js';
import type { OrderRecord, OrderRecords } from './order-records.js';
import { refusals } from './refusals.js';
import type { Verbs } from './verbs.js';

const LOCK_TIMEOUT_MS = 30_000;

export interface OrdersSetup {
  readonly verbs: Verbs;
  readonly records: OrderRecords;
  readonly state: MachineState;
  /** Folder of the locks. */
  readonly locks: string;
  /** Features of the manifest's `api`. */
  readonly features: readonly string[];
}

/** `create` and `destroy` by executables that know no operations: what was ordered is written down before it is done. */
export class Orders {
  readonly #verbs: Verbs;
  readonly #records: OrderRecords;
  readonly #state: MachineState;
  readonly #locks: string;
  readonly #features: readonly string[];

  constructor({ verbs, records, state, locks, features }: OrdersSetup) {
    this.#verbs = verbs;
    this.#records = records;
    this.#state = state;
    this.#locks = locks;
    this.#features = features;
  }

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    const { name, operationId } = spec;
    let uncertain = false;
    return this.locked(name, 'create', run.signal, async () => {
      const before = await this.#records.read(name);
      const ours = before?.operationId === operationId;
      if (before?.phase === 'created' && ours && before.result) return before.result;
      // What a killed process ordered may still be at work: until it is ended, two questions see two states.
      if (before && ours) await endOrderProcesses(operationId);
      const found = await this.#state.of(name);
      if (found.kind === 'unknown') throw await this.#state.refusal(name, found.reason);
      if (!ours && (found.kind === 'present' || before?.phase === 'ordered')) throw refusals.nameTaken(name);
      // Our own order, cut off: nothing of it was ever handed out, so it is made anew.
      if (before && ours) await this.#clear(before);

      const order: OrderRecord = {
        schema: 1,
        name,
        operationId,
        attempt: randomUUID(),
        phase: 'ordered',
        result: null,
      };
      await run.step(
        'order',
        () => this.#records.save(order),
        // What may have taken effect is for the retry to clear: nobody knows yet what there is.
        () => (uncertain ? undefined : this.#revert(order)),
      );
      const result = await run.step('create', () =>
        this.#create(spec, run).catch((error: unknown) => {
          uncertain = hasCode(error, 'provisioner.outcome-unknown');
          throw error;
        }),
      );
      await run.step('record', () => this.#records.save({ ...order, phase: 'created', result }));
      return result;
    });
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    await this.locked(vm.name, 'destroy', run.signal, async () => {
      const record = await this.#records.read(vm.name);
      // Another VM has the name now: the one that is meant is gone.
      if (vm.backendRef !== null && record?.result && record.result.backendRef !== vm.backendRef) return;
      if (record) await run.step('interrupt', () => endOrderProcesses(record.operationId));
      const found = await this.#state.of(vm.name);
      if (found.kind === 'unknown') throw await this.#state.refusal(vm.name, found.reason);
      if (record || found.kind === 'present')
        await run.step('destroy', () => this.#destroy(vm.name, record, run));
      await run.step('prove', () => this.#proveAbsent(vm.name));
      await this.#records.remove(vm.name);
    });
  }

  /** Runs `act` while no other process changes this VM; throws `lock.busy`. */
  async locked<T>(
    name: string,
    purpose: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    checkVmRef({ name, backendRef: null });
    using _ = await acquireLock(join(this.#locks, `${name}.lock`), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose: `${purpose} ${name}`,
      ...(signal && { signal }),
    });
    return await act();
  }

  /** Runs the verb and reads what it made. Without a clear answer the order's record stays, so that a retry clears up. */
  async #create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    const result = await this.#verbs.run('create', createArguments(spec, this.#features, Date.now()), {
      signal: run.signal,
      env: { [ORDER_MARK]: spec.operationId },
      onProgress: (line) => run.progress(line),
    });
    run.signal.throwIfAborted();
    if (result.timedOut || result.code === null)
      throw refusals.outcomeUnknown(spec.name, 'create', result.timedOut ? 'it timed out' : 'it was killed');
    if (result.code !== 0) throw refusals.verbFailed('create', spec.name, result);
    const made = createdVm(resultObject(result.stdout), spec);
    if (made === null) throw refusals.outcomeUnknown(spec.name, 'create', 'its result line makes no sense');
    return made;
  }

  async #destroy(name: string, record: OrderRecord | null, run?: Run): Promise<void> {
    const result = await this.#verbs.run('destroy', [name], {
      ...(run && { signal: run.signal, onProgress: (line: string) => run.progress(line) }),
    });
    run?.signal.throwIfAborted();
    if (result.code !== 0) throw refusals.verbFailed('destroy', name, result);
    if (record) await this.#records.save({ ...record, phase: 'destroyed' });
  }

  async #proveAbsent(name: string): Promise<void> {
    const left = await this.#state.of(name);
    if (left.kind === 'absent') return;
    if (left.kind === 'unknown') throw await this.#state.refusal(name, left.reason);
    throw refusals.unknownState(name, 'it is still there');
  }

  /** Removes what an attempt of ours may have left, whether or not it shows. The caller holds the lock. */
  async #clear(order: OrderRecord): Promise<void> {
    await this.#destroy(order.name, order);
    await this.#proveAbsent(order.name);
    await this.#records.remove(order.name);
  }

  /** Undo of an attempt, unless a later one has taken its place. */
  async #revert(order: OrderRecord): Promise<void> {
    await this.locked(order.name, 'undo of create', undefined, async () => {
      if ((await this.#records.read(order.name))?.attempt !== order.attempt) return;
      await endOrderProcesses(order.operationId);
      await this.#clear(order);
    });
  }
}
