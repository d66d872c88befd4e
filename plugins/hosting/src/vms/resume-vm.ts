import { BlockhostError, type Clock, type Run, type VmRecord, type VmStore } from '@blockhost/kernel';
import { powerOn } from './power-on.js';

const DAY_MS = 86_400_000;

export interface ResumeOrder {
  /** ISO 8601; wins over `extendDays`. */
  readonly expiresAt?: string | undefined;
  readonly extendDays?: number | undefined;
}

/** Steps of {@link resumeVm}, where a crash test may kill it. */
export const resumeSteps = ['start-vm', 'activate'] as const;

/**
 * Powers a suspended VM on and records it as active (provisioners.md 3.6). A new end of its time is recorded in the same
 * write, so that the days of an order that is given again after a crash count once. Whoever calls holds the VM's lock.
 */
export async function resumeVm(
  vm: VmRecord,
  order: ResumeOrder,
  host: { readonly vms: VmStore; readonly clock: Clock } & Parameters<typeof powerOn>[1],
  run: Run,
): Promise<VmRecord> {
  const expiresAt = resumedUntil(vm, order, host.clock.now());
  await run.step('start-vm', () => powerOn(vm, host, run));
  return await run.step('activate', () => host.vms.activate(vm.name, expiresAt));
}

/**
 * Until when a suspended VM would run, ISO 8601. Throws `vm.not-suspended`, `vm.not-paid` and `vm.bad-time`, all with
 * exit code 5 but the last.
 */
export function resumedUntil(vm: VmRecord, { expiresAt, extendDays }: ResumeOrder, now: number): string {
  if (vm.status !== 'suspended')
    throw new BlockhostError(
      'vm.not-suspended',
      `${vm.name} is ${vm.status}; only what is suspended resumes.`,
      {
        remedy: `Look at it with \`blockhost vm status ${vm.name}\`.`,
        exitCode: vm.status === 'creating' ? 5 : 1,
      },
    );
  const recorded = Date.parse(vm.expiresAt);
  const asked = expiresAt === undefined ? recorded : Date.parse(expiresAt);
  if (Number.isNaN(asked))
    throw new BlockhostError('vm.bad-time', `--expires-at is not a moment in ISO 8601: "${expiresAt}".`, {
      remedy: 'Write it as 2026-03-31T10:00:00Z.',
      exitCode: 2,
    });
  const days = expiresAt === undefined ? (extendDays ?? 0) : 0;
  const until = days > 0 ? Math.max(now, recorded) + days * DAY_MS : Math.max(asked, recorded);
  if (until > now) return new Date(until).toISOString();
  throw new BlockhostError('vm.not-paid', `The paid time of ${vm.name} ended at ${vm.expiresAt}.`, {
    remedy: 'Say until when it shall run with --expires-at or --extend-days.',
    exitCode: 5,
  });
}
