import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Paths, type VmMetrics, writeFileAtomic } from '@blockhost/kernel';
import type { Definition } from './definitions.js';
import { runInGuest } from './guest.js';
import type { Hypervisor } from './hypervisor.js';
import { domainOf } from './inventory.js';

type Figures = Pick<VmMetrics, 'diskUsedMb' | 'netConnections' | 'uptimeSeconds'>;

/** −1: the guest does not tell. */
const UNTOLD: Figures = { diskUsedMb: -1, netConnections: -1, uptimeSeconds: -1 };
/** A guest is not asked again before. */
const FRESH_MS = 60_000;
/** What it said longer ago is not told any more. */
const TOLD_MS = 180_000;
/** The guest may be silent: whoever looks does not wait for it longer than this. */
const WAIT_MS = 800;
const ANSWER_MS = 5_000;
/** Guests asked at a time: each question takes a place of the root agent. */
const AT_ONCE = 4;

/** Used KiB of the root file system, established TCP connections, seconds since its start; with what every guest has. */
const LOOK = `read -r up rest < /proc/uptime
used=$(df -Pk / | awk 'NR == 2 { print $3 }')
echo "$used $(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | grep -c ' 01 ') \${up%.*}"`;

interface Answer {
  readonly at: number;
  readonly backendRef: string;
  /** null when the guest was silent. */
  readonly figures: Figures | null;
}

/** Figures that only the guest knows (specification provisioners.md 3.9), asked in the background and kept in a file. */
export class GuestFigures {
  readonly #asked = new Map<string, Promise<void>>();
  /** The last question of each place; a question waits for the one before it. */
  readonly #places: Promise<void>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  #next = 0;

  constructor(
    private readonly hypervisor: Hypervisor,
    private readonly paths: Paths,
  ) {}

  /** What the guest said last; asks it anew after a minute, and waits a moment for what it says. */
  async of(vm: Definition): Promise<Figures> {
    const last = await this.#read(vm);
    if (last !== null && Math.abs(Date.now() - last.at) < FRESH_MS) return last.figures ?? UNTOLD;
    const asked = this.#asked.get(vm.backendRef) ?? this.#ask(vm);
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, WAIT_MS);
    await Promise.race([asked, waited]);
    clearTimeout(timer);
    const now = await this.#read(vm);
    return now !== null && Math.abs(Date.now() - now.at) < TOLD_MS ? (now.figures ?? UNTOLD) : UNTOLD;
  }

  /** Of a VM that is gone. */
  forget(name: string): Promise<void> {
    return rm(this.#fileOf(name), { force: true });
  }

  /** One question at a time; that it was not answered is kept as well, or a silent guest would be asked by every look. */
  #ask(vm: Definition): Promise<void> {
    const place = this.#next++ % AT_ONCE;
    const before = this.#places[place] ?? Promise.resolve();
    const asked = before
      .then(() => runInGuest(this.hypervisor, domainOf(vm), LOOK, ANSWER_MS))
      .then(
        ({ stdout }) => figuresOf(stdout),
        () => null,
      )
      .then((figures) => this.#write(vm, figures))
      // What cannot be kept is asked again.
      .catch(() => {})
      .finally(() => this.#asked.delete(vm.backendRef));
    this.#asked.set(vm.backendRef, asked);
    this.#places[place] = asked;
    return asked;
  }

  async #write({ backendRef, spec }: Definition, figures: Figures | null): Promise<void> {
    const file = this.#fileOf(spec.name);
    await mkdir(dirname(file), { recursive: true, mode: 0o750 });
    const answer: Answer = { at: Date.now(), backendRef, figures };
    await writeFileAtomic(file, JSON.stringify(answer), 0o640);
  }

  /** null when it was never asked, or another VM of that name was. */
  async #read({ backendRef, spec }: Definition): Promise<Answer | null> {
    const answer = await readFile(this.#fileOf(spec.name), 'utf8').then(
      (text) => JSON.parse(text) as Answer,
      () => null,
    );
    return answer?.backendRef === backendRef ? answer : null;
  }

  #fileOf(name: string): string {
    return this.paths.resolve(`/var/lib/blockhost/libvirt/metrics/${name}.guest`);
  }
}

/** The guest may say anything: what is not three numbers is nothing. */
export function figuresOf(said: string): Figures | null {
  const [, usedKib, connections, uptime] = /^(\d{1,15}) (\d{1,9}) (\d{1,12})\s*$/.exec(said) ?? [];
  if (usedKib === undefined) return null;
  return {
    diskUsedMb: Math.round(Number(usedKib) / 1024),
    netConnections: Number(connections),
    uptimeSeconds: Number(uptime),
  };
}
