import { setTimeout as delay } from 'node:timers/promises';
import {
  absent,
  hasCode,
  isBlockhostError,
  type PowerState,
  type Presence,
  type PrivilegedActions,
  present,
  sentenceOf,
  unknown,
} from '@blockhost/kernel';
import type { HostFacts } from './capacity.js';
import { refusals } from './refusals.js';
import type { VmOrder, VmSeed } from './root-actions/define.js';

export interface Domain {
  readonly name: string;
  readonly uuid: string;
}

/** What `virsh domstats` tells of one domain: `cpu.time` → `123`. */
export type DomainStats = Readonly<Record<string, string>>;

/** How long a call waits while others take all places of the root agent. */
const BUSY_MS = 120_000;
/** Longer than the root agent gives itself to install an operating system. */
const BUILD_MS = 1_830_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Words of `virsh domstate`; a domain that shuts down still runs. */
const POWER_BY_WORD: Readonly<Record<string, PowerState>> = {
  running: 'running',
  idle: 'running',
  'in shutdown': 'running',
  paused: 'paused',
  pmsuspended: 'paused',
  'shut off': 'stopped',
  crashed: 'stopped',
};
/** `virDomainState` of libvirt's API. */
const POWER_BY_NUMBER: readonly (PowerState | undefined)[] = [
  undefined,
  ...(['running', 'running', 'paused', 'running', 'stopped', 'stopped', 'paused'] as const),
];

/** libvirt as the service sees it: by way of the root agent, and never taking silence for an answer. */
export class Hypervisor {
  constructor(private readonly agent: PrivilegedActions) {}

  /** Throws `provisioner.unreachable` unless libvirt answers now. */
  async reach(): Promise<void> {
    const answer = await this.#query({ query: 'version' });
    if (answer.kind !== 'present') throw refusals.unreachable(reasonOf(answer));
  }

  /** Asked by UUID: an empty listing of a libvirt that has just started proves nothing. */
  async power({ uuid, name }: Domain): Promise<Presence<PowerState>> {
    const answer = await this.#query({ query: 'state', uuid });
    if (answer.kind !== 'present') return answer;
    const power = POWER_BY_WORD[String(answer.value)];
    return power ? present(power) : unknown(`libvirt says that ${name} is "${String(answer.value)}".`);
  }

  /** Whether libvirt knows a domain of that UUID; what is no UUID it cannot know. */
  async knowsUuid(text: string | null): Promise<Presence<unknown>> {
    return text !== null && UUID.test(text) ? this.#query({ query: 'state', uuid: text }) : absent;
  }

  async knowsName(name: string): Promise<Presence<unknown>> {
    return this.#query({ query: 'state', name });
  }

  /** The power of every domain by UUID, in one query. */
  async powers(): Promise<Presence<ReadonlyMap<string, PowerState>>> {
    const answer = await this.#query({ query: 'domains' });
    if (answer.kind !== 'present') return answer;
    const listed = answer.value as readonly { readonly uuid: string; readonly state: number }[];
    const known = listed.flatMap(({ uuid, state }) => {
      const power = POWER_BY_NUMBER[state];
      return power ? [[uuid, power] as const] : [];
    });
    return present(new Map(known));
  }

  async stats({ uuid }: Domain): Promise<Presence<DomainStats>> {
    const answer = await this.#query({ query: 'stats', uuid });
    if (answer.kind !== 'present') return answer;
    const [own] = answer.value as readonly { readonly stats: DomainStats }[];
    return own ? present(own.stats) : unknown('libvirt tells nothing of it.');
  }

  /** Of every domain by UUID, in one query. */
  async allStats(): Promise<Presence<ReadonlyMap<string, DomainStats>>> {
    const answer = await this.#query({ query: 'stats' });
    if (answer.kind !== 'present') return answer;
    const listed = answer.value as readonly { readonly uuid: string; readonly stats: DomainStats }[];
    return present(new Map(listed.map(({ uuid, stats }) => [uuid, stats])));
  }

  async guestAnswers({ uuid }: Domain): Promise<boolean> {
    return (await this.#query({ query: 'guest-ping', uuid })).kind === 'present';
  }

  async host(): Promise<HostFacts> {
    return (await this.#do('virsh-query', { query: 'host' })).value as HostFacts;
  }

  define(spec: VmOrder, seed: VmSeed): Promise<unknown> {
    return this.#do('virsh-define', { spec, seed });
  }

  /** Takes the seed of a first boot away and removes it. */
  removeSeed({ name, uuid }: Domain): Promise<unknown> {
    return this.#do('virsh-remove-seed', { name, uuid });
  }

  undefine({ name, uuid }: Domain): Promise<unknown> {
    return this.#do('virsh-undefine', { name, uuid });
  }

  /** Answers whether it was off. */
  async start({ name, uuid }: Domain): Promise<boolean> {
    return (await this.#do('virsh-start', { name, uuid })).started === true;
  }

  shutdown({ name, uuid }: Domain): Promise<unknown> {
    return this.#do('virsh-shutdown', { name, uuid });
  }

  powerOff({ name, uuid }: Domain): Promise<unknown> {
    return this.#do('virsh-destroy', { name, uuid });
  }

  route(verb: 'add' | 'del', address: string, dev: string): Promise<unknown> {
    return this.#do(`ip6-route-${verb}`, { address: `${address}/128`, dev });
  }

  buildDebian(mirror: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#do('template-debian', { mirror }, BUILD_MS);
  }

  publishTemplate(parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#do('template-publish', parameters);
  }

  /** Base images that no disk stands on; with `execute` they are removed. */
  async pruneTemplates(
    vms: readonly string[],
    { execute }: { readonly execute: boolean },
  ): Promise<string[]> {
    const { unused } = await this.#do('template-prune', { vms, execute });
    return unused as string[];
  }

  prepare(what: 'storage' | 'network'): Promise<Readonly<Record<string, unknown>>> {
    return this.#do('virsh-prepare', { what });
  }

  tune(domain: Domain, limits: Readonly<Record<string, number>>): Promise<unknown> {
    return this.#do('virsh-tune', { name: domain.name, uuid: domain.uuid, ...limits });
  }

  guestExec({ name, uuid }: Domain, command: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#do('virsh-guest-exec', { name, uuid, command });
  }

  guestResult({ name, uuid }: Domain, pid: number): Promise<Readonly<Record<string, unknown>>> {
    return this.#do('virsh-guest-result', { name, uuid, pid });
  }

  /** Tells "libvirt is away" from "libvirt refused": after the first, the same may be asked again. */
  async #do(action: string, parameters: Readonly<Record<string, unknown>>, timeoutMs?: number) {
    try {
      return await this.#inTurn(action, parameters, timeoutMs);
    } catch (error) {
      if (hasCode(error, 'root-agent.unreachable')) throw refusals.unreachable(sentenceOf(error));
      await this.reach();
      throw refusals.hypervisorFailed(action, error, sentenceOf(error));
    }
  }

  /** Of a call for which the agent had no place nothing was done: it waits its turn. */
  async #inTurn(action: string, parameters: Readonly<Record<string, unknown>>, timeoutMs?: number) {
    const deadline = Date.now() + BUSY_MS;
    for (let pause = 100; ; pause = Math.min(2 * pause, 2_000)) {
      try {
        return await this.agent.call(action, parameters, timeoutMs === undefined ? {} : { timeoutMs });
      } catch (error) {
        if (!hasCode(error, 'root-agent.busy') || Date.now() > deadline) throw error;
        await delay(pause);
      }
    }
  }

  async #query(parameters: Readonly<Record<string, unknown>>): Promise<Presence<unknown>> {
    try {
      const { kind, value, reason } = await this.agent.call('virsh-query', parameters, { timeoutMs: 20_000 });
      if (kind === 'present') return present(value);
      return kind === 'absent' ? absent : unknown(String(reason));
    } catch (error) {
      if (isBlockhostError(error)) return unknown(sentenceOf(error));
      throw error;
    }
  }
}

function reasonOf(answer: Presence<unknown>): string {
  return answer.kind === 'unknown' ? answer.reason : 'it gave no answer that is one';
}
