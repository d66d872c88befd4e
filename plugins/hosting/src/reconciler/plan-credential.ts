import { isAside } from '../pipeline/set-aside.js';
import type { ObservedVm } from './observation.js';
import type { Action, Conclusion, Finding, FindingKind, PlanLimits } from './plan.js';

/** Runs in a row, an interval apart, in which a credential must be missing before anything follows (engine.md 4, 3.). */
const MISSING_RUNS = 3;

/**
 * Mint and owner of one VM's credential (engine.md 4, 1.–3.).
 *
 * A credential that changed hands was transferred, unless a reorganisation deeper than the confirmations replaced its
 * mint: then the id is somebody else's. The transaction of the mint tells; while it is unknown, nothing changes. One that
 * is gone was burnt, when its mint still stands, else lost: its bytes are handed in again as long as they are valid, and
 * the record lets go of the id when they are not.
 */
export function planCredential(seen: ObservedVm, { same }: Pick<PlanLimits, 'same'>): Conclusion {
  const { vm, owner, mint, missing, isNextMissing } = seen;
  if (vm.status === 'creating') return {};
  if (!vm.nftMinted || vm.nftTokenId === null) return unminted(seen);
  const tokenId = vm.nftTokenId;
  const isUnknown = owner === null || owner.kind === 'unknown' || mint?.kind === 'unknown';
  if (isUnknown) return { unjudged: [`credential-burned ${vm.name}`, `credential-lost ${vm.name}`] };

  const isItsMint = mint === null || (mint.kind === 'standing' && mint.tokenId === tokenId);
  if (owner.kind === 'present' && isItsMint) {
    const actions: Action[] = [];
    if (missing > 0) actions.push({ do: 'clear-missing', vm: vm.name, tokenId });
    if (vm.nftBurned) actions.push({ do: 'set-burned', vm: vm.name, tokenId, burned: false });
    if (!same(owner.value, vm.ownerWallet))
      actions.push({ do: 'set-owner', vm: vm.name, tokenId, to: owner.value });
    return { actions };
  }

  const count: Action[] =
    isNextMissing && missing < MISSING_RUNS ? [{ do: 'count-missing', vm: vm.name, tokenId }] : [];
  if (missing + count.length < MISSING_RUNS) return { actions: count };
  const then = isItsMint ? burned(seen, tokenId) : lost(seen, tokenId);
  return { ...then, actions: [...count, ...(then.actions ?? [])] };
}

function burned({ vm }: ObservedVm, tokenId: string): Conclusion {
  return {
    actions: vm.nftBurned ? [] : [{ do: 'set-burned', vm: vm.name, tokenId, burned: true }],
    findings: [
      finding(
        'credential-burned',
        vm.name,
        `Credential ${tokenId} was burnt: whoever is named in the VM can still log in, nobody can take over.`,
      ),
    ],
  };
}

function lost({ vm, mint }: ObservedVm, tokenId: string): Conclusion {
  const forget: Action = { do: 'forget-mint', vm: vm.name, tokenId };
  switch (mint?.kind) {
    case 'standing':
      return { actions: [forget, { do: 'bind-mint', vm: vm.name, tokenId: mint.tokenId, to: mint.to }] };
    case 'unseen':
      return { actions: [{ do: 'rebroadcast', vm: vm.name, operationId: vm.operationId }] };
    case 'lost':
      return { actions: [forget], findings: [lostForGood(vm.name)] };
    default:
      return {};
  }
}

const lostForGood = (vm: string) =>
  finding(
    'credential-lost',
    vm,
    'A reorganisation of the chain took its credential back for good; mint the buyer another one, it is bound to the VM by itself.',
  );

/** A mint that stands and is not in the record is recorded; anything else is for the pipeline or for a person. */
function unminted({ vm, creation, isAwaited, mint, claimable }: ObservedVm): Conclusion {
  if (isAwaited || (creation && (creation.orphanedAt !== null || isAside(creation)))) return {};
  if (mint?.kind === 'standing')
    return { actions: [{ do: 'bind-mint', vm: vm.name, tokenId: mint.tokenId, to: mint.to }] };
  if (mint?.kind === 'unseen')
    return { actions: [{ do: 'rebroadcast', vm: vm.name, operationId: vm.operationId }] };
  if (claimable === null) return {};
  if (claimable.kind !== 'present')
    return {
      unjudged: ['credential-lost', 'credential-ambiguous', 'credential-missing'].map(
        (kind) => `${kind} ${vm.name}`,
      ),
    };
  const [first, second] = claimable.value;
  if (first && second)
    return {
      findings: [
        finding(
          'credential-ambiguous',
          vm.name,
          `It has no credential, and its buyer has several that no VM has: ${claimable.value
            .map(({ tokenId }) => tokenId)
            .join(', ')}.`,
        ),
      ],
    };
  if (first)
    return {
      actions: [{ do: 'bind-mint', vm: vm.name, tokenId: String(first.tokenId), to: first.to }],
    };
  // The pipeline tries a failed creation again; what is over without a credential is for a person.
  if (creation?.state === 'failed' || mint?.kind === 'waiting') return {};
  return {
    findings: [
      mint?.kind === 'lost'
        ? lostForGood(vm.name)
        : finding('credential-missing', vm.name, 'It was paid for and has no credential.'),
    ],
  };
}

function finding(kind: FindingKind, subject: string, sentence: string): Finding {
  return { kind, subject, sentence };
}
