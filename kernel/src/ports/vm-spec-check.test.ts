import { expect } from 'chai';
import fc from 'fast-check';
import { isBlockhostError } from '../errors/blockhost-error.js';
import { aVmSpec } from '../testing/a-vm-spec.js';
import type { VmSpec } from './provisioner.js';
import { checkVmLogin, checkVmRef, checkVmSpec } from './vm-spec-check.js';

/** The field that is refused, or null. */
function refused(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!isBlockhostError(error) || error.code !== 'provisioner.invalid-spec') throw error;
    return String(error.facts.field);
  }
}

describe('the check of an order', () => {
  it('passes what the specification allows, to the bounds', () => {
    const good: Partial<VmSpec>[] = [
      { name: 'a' },
      { name: `a${'-'.repeat(61)}z` },
      { tokenId: '0' },
      { tokenId: '9'.repeat(20) },
      { cpu: 128, memoryMb: 1_048_576 },
      { memoryMb: 256 },
      { addresses: null },
      { addresses: { ipv4: '10.0.0.1', ipv6: '2001:db8::1' } },
      { expiresAt: '2026-03-31T10:00:00.123+00:00' },
    ];
    for (const part of good)
      expect(
        refused(() => checkVmSpec(aVmSpec(part))),
        JSON.stringify(part),
      ).to.equal(null);
  });

  it('names the field that it refuses', () => {
    const bad: Partial<Record<keyof VmSpec, unknown>>[] = [
      { name: 'A' },
      { operationId: '../x' },
      { ownerWallet: '0x1:2' },
      { tokenId: '' },
      { username: 'Root' },
      { cpu: 129 },
      { memoryMb: 255 },
      { diskGb: Number.NaN },
      { expiresAt: '2026-03-31T10:00:00+02:00' },
      { expiresAt: '2026-13-31T10:00:00Z' },
    ];
    for (const part of bad)
      expect(refused(() => checkVmSpec({ ...aVmSpec(), ...part } as VmSpec))).to.equal(Object.keys(part)[0]);
    expect(refused(() => checkVmSpec(aVmSpec({ addresses: { ipv4: '10.0.0.256', ipv6: null } })))).to.equal(
      'addresses.ipv4',
    );
  });

  it('lets no name through that is a path, an option or has control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a/.-\n\0 Z9_') }), (name) => {
        if (refused(() => checkVmRef({ name, backendRef: null })) === null) {
          expect(name).to.match(/^[a-zA-Z0-9]/);
          expect(name).to.not.match(/[/\n\0 ]|\.\./);
        }
      }),
    );
  });

  it('manages names that are older than the rule for new ones', () => {
    expect(refused(() => checkVmRef({ name: 'Old_VM.1', backendRef: null }))).to.equal(null);
  });

  it('lets nothing into a passwd entry that reaches beyond its field', () => {
    const good = { wallet: '0xabc', tokenId: '7', username: 'admin' };
    expect(refused(() => checkVmLogin(good))).to.equal(null);
    for (const field of ['wallet', 'tokenId', 'username'] as const)
      for (const value of ['a:b', 'a\nb', 'a,b', '', '-'])
        expect(
          refused(() => checkVmLogin({ ...good, [field]: value })),
          `${field} ${value}`,
        ).to.equal(field);
  });
});
