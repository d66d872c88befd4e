import type { ObservedVm } from './observation.js';
import type { Action, Conclusion, Finding, FindingKind } from './plan.js';

/** A VM that is being made may take that long before somebody should look. */
const HALF_MADE_AFTER_MS = 3_600_000;

/** Machine and paid time of one VM (engine.md 4, 2. and 5.; 3.7). `before` is what is planned for its credential. */
export function planMachine(
  seen: ObservedVm,
  before: readonly Action[],
  { now, canTellGuests }: { readonly now: number; readonly canTellGuests: boolean },
): Conclusion {
  const { vm, creation, isAwaited, power } = seen;
  const finding = (kind: FindingKind, sentence: string): Finding => ({ kind, subject: vm.name, sentence });
  if (vm.status === 'creating') {
    const isLeft =
      !isAwaited && !creation?.needsOperator && now - Date.parse(vm.createdAt) > HALF_MADE_AFTER_MS;
    return isLeft
      ? {
          findings: [
            finding('half-made', 'Making it was begun and nobody goes on: destroy it or finish it.'),
          ],
        }
      : {};
  }
  const time = paidTime(seen, finding);
  if (power === 'absent')
    return {
      ...time,
      findings: [
        ...(time.findings ?? []),
        finding('machine-missing', 'Its record lives, but the provisioner says that there is no such VM.'),
      ],
    };
  const isPaused = vm.status === 'suspended' && (vm.suspendReason ?? 'expiry') === 'expiry';
  const resume: Action[] =
    isPaused && !isAwaited && Date.parse(vm.expiresAt) > now ? [{ do: 'resume', vm: vm.name }] : [];
  const changesLogin = before.some(({ do: act }) => act === 'set-owner' || act === 'bind-mint');
  const isOutdated = changesLogin || (vm.nftMinted && !vm.gecosSynced);
  const canBeTold = canTellGuests && (power === 'running' || power === 'unknown' || resume.length > 0);
  const tell: Action[] = isOutdated && canBeTold ? [{ do: 'update-gecos', vm: vm.name }] : [];
  return { ...time, actions: [...(time.actions ?? []), ...resume, ...tell] };
}

/** The record never ends before what was paid; when it ends after, a person decides. */
function paidTime(
  { vm, subscription, isAwaited }: ObservedVm,
  finding: (kind: FindingKind, sentence: string) => Finding,
): Conclusion {
  const kinds = ['subscription-missing', 'subscription-cancelled', 'paid-time-shorter'];
  if (subscription === null || subscription.kind === 'unknown' || isAwaited)
    return { unjudged: kinds.map((kind) => `${kind} ${vm.name}`) };
  if (subscription.kind === 'absent')
    return { findings: [finding('subscription-missing', 'The chain knows no subscription for it.')] };
  const { cancelled, expiresAt } = subscription.value;
  if (cancelled)
    return {
      findings: [
        finding('subscription-cancelled', 'Its subscription is cancelled, and the VM still stands.'),
      ],
    };
  const recorded = Date.parse(vm.expiresAt);
  if (expiresAt * 1_000 > recorded) return { actions: [{ do: 'extend', vm: vm.name, expiresAt }] };
  if (expiresAt * 1_000 === recorded) return {};
  return {
    findings: [
      finding(
        'paid-time-shorter',
        `It is recorded until ${vm.expiresAt}, but paid only until ${new Date(expiresAt * 1_000).toISOString()}.`,
      ),
    ],
  };
}
