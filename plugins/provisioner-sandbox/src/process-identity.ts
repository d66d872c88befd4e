import { readFileSync } from 'node:fs';

/** A process, not merely a number: pids are reused, and after a reboot they start over. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started (proc(5), `stat` field 22). */
  readonly startTicks: number;
  readonly bootId: string;
}

/** Fields of proc(5) `stat` that do not depend on the process's name. */
export interface ProcessStat {
  readonly state: string;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Identity of a process that runs now; null when there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | null {
  const stat = processStat(pid);
  return stat === null ? null : { pid, startTicks: stat.startTicks, bootId: bootId() };
}

export function isAlive({ pid, startTicks, bootId }: ProcessIdentity): boolean {
  const now = identify(pid);
  return now !== null && now.startTicks === startTicks && now.bootId === bootId;
}

/** null when the process is gone, also when its parent has not yet collected it. */
export function processStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  // The name is in parentheses and may itself hold blanks and parentheses; what follows the last one is regular.
  const [state = '', ...numbers] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return null;
  const field = (number: number) => Number(numbers[number - 4]);
  return {
    state,
    userTicks: field(14),
    systemTicks: field(15),
    startTicks: field(22),
    residentPages: field(24),
  };
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
