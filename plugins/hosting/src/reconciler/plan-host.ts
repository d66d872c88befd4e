import type { Observation } from './observation.js';
import type { Action, Conclusion } from './plan.js';

/** What belongs to no VM: machines and credentials without a record, and who holds the administrator's credential. */
export function planHost({ strangers, unbound, admin }: Observation): Conclusion {
  const actions: Action[] =
    admin?.owner.kind === 'present' && admin.owner.value !== admin.recorded
      ? [{ do: 'remember-admin', tokenId: admin.tokenId, owner: admin.owner.value }]
      : [];
  return {
    actions,
    findings: [
      ...(strangers ?? []).map(({ name, backendRef }) => ({
        kind: 'machine-unknown' as const,
        subject: name,
        sentence: `The provisioner has this VM (${backendRef}), and no record knows it.`,
      })),
      ...(unbound ?? []).map(({ tokenId, owner }) => ({
        kind: 'credential-unbound' as const,
        subject: tokenId,
        sentence: `Credential ${tokenId} belongs to no VM; its owner is ${owner ?? 'nobody'}.`,
      })),
    ],
    unjudged: [
      ...(strangers === null ? ['machine-unknown', 'machine-missing'] : []),
      ...(unbound === null ? ['credential-unbound'] : []),
    ],
  };
}
