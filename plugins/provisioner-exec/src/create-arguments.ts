import type { VmSpec } from '@blockhost/kernel';

const DAY_MS = 86_400_000;

/** The arguments of `create` (specification provisioners.md 3.1); `features` are those of the manifest's `api`. */
export function createArguments(spec: VmSpec, features: readonly string[], now: number): string[] {
  const expiry = features.includes('expires-at')
    ? ['--expires-at', spec.expiresAt]
    : ['--expiry-days', String(Math.max(1, Math.ceil((Date.parse(spec.expiresAt) - now) / DAY_MS)))];
  return [
    spec.name,
    '--owner-wallet',
    spec.ownerWallet,
    ...(spec.tokenId === null ? [] : ['--nft-token-id', spec.tokenId]),
    ...expiry,
    '--cpu',
    String(spec.cpu),
    '--memory',
    String(spec.memoryMb),
    '--disk',
    String(spec.diskGb),
    // Every generation's own default is admin; not all of them know the option.
    ...(spec.username === 'admin' ? [] : ['--username', spec.username]),
    '--apply',
  ];
}
