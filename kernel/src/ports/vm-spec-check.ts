import { isIPv4, isIPv6 } from 'node:net';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { VmRef, VmSpec } from './provisioner.js';

/** What `create` accepts: valid as host name, libvirt name, PVE name and label. */
const NEW_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What every other verb accepts, so that inherited machines stay manageable; never a path of its own. */
const ANY_NAME = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Enters GECOS and argument vectors; the chain's own pattern is the engine's. */
const WALLET = /^[A-Za-z0-9_]{1,128}$/;
const TOKEN_ID = /^[0-9]{1,20}$/;
const USERNAME = /^[a-z_][a-z0-9_-]{0,31}$/;
const OPERATION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)$/;

/** Refuses an order that breaks a rule of specification provisioners.md 3.0–3.1 (`provisioner.invalid-spec`), before anything is touched. */
export function checkVmSpec(spec: VmSpec): void {
  matches('name', spec.name, NEW_NAME, 'lower-case letters, digits and inner hyphens, at most 63');
  matches(
    'operationId',
    spec.operationId,
    OPERATION_ID,
    'letters, digits, ".", "_", ":" and "-", at most 128',
  );
  matches('ownerWallet', spec.ownerWallet, WALLET, 'letters, digits and "_", at most 128');
  if (spec.tokenId !== null) matches('tokenId', spec.tokenId, TOKEN_ID, 'at most 20 decimal digits');
  matches('username', spec.username, USERNAME, 'a login name of lower-case letters, digits, "_" and "-"');
  within('cpu', spec.cpu, 1, 128);
  within('memoryMb', spec.memoryMb, 256, 1_048_576);
  within('diskGb', spec.diskGb, 1, 1_048_576);
  const { ipv4 = null, ipv6 = null } = spec.addresses ?? {};
  if (ipv4 !== null && !isIPv4(ipv4)) refuse('addresses.ipv4', ipv4, 'an IPv4 address');
  if (ipv6 !== null && !isIPv6(ipv6)) refuse('addresses.ipv6', ipv6, 'an IPv6 address');
  if (!ISO_UTC.test(spec.expiresAt) || Number.isNaN(Date.parse(spec.expiresAt)))
    refuse('expiresAt', spec.expiresAt, 'a time in UTC such as 2026-03-31T10:00:00Z');
}

/** Refuses a name that no VM can have, before it becomes a path or an argument. */
export function checkVmRef(vm: VmRef): void {
  matches(
    'name',
    vm.name,
    ANY_NAME,
    'letters, digits, ".", "_" and "-", at most 64, not starting with a sign',
  );
}

/** Refuses a login whose parts may not enter a passwd entry. */
export function checkVmLogin(login: { wallet: string; tokenId: string; username: string }): void {
  matches('wallet', login.wallet, WALLET, 'letters, digits and "_", at most 128');
  matches('tokenId', login.tokenId, TOKEN_ID, 'at most 20 decimal digits');
  matches('username', login.username, USERNAME, 'a login name of lower-case letters, digits, "_" and "-"');
}

function matches(field: string, value: string, pattern: RegExp, expected: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(field, value, expected);
}

function within(field: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    refuse(field, value, `a whole number from ${least} to ${most}`);
}

function refuse(field: string, found: unknown, expected: string): never {
  throw new BlockhostError(
    'provisioner.invalid-spec',
    `The VM's ${field} is ${JSON.stringify(found)?.slice(0, 200)}, but must be ${expected}.`,
    { remedy: `Give ${field} a value of that form; nothing was changed.`, facts: { field } },
  );
}
