import { type Address, type AddressCodec, BlockhostError } from '@blockhost/kernel';
import { bytesToHex, keccak_256, utf8ToBytes } from './libraries.js';

/** An address in its canonical spelling, as the chain library wants to see it. */
export type EvmAddress = `0x${string}`;

const shape = /^0x[0-9a-fA-F]{40}$/;

/** `0x` and 40 hex digits, shown with the checksum of EIP-55; input in one case or with a correct checksum. */
export const addressCodec: AddressCodec = {
  parse: parseAddress,
  same: (a, b) => a.toLowerCase() === b.toLowerCase(),
};

export function parseAddress(text: string): EvmAddress {
  if (!shape.test(text))
    throw badAddress(text, 'an address is "0x" and 40 hex digits', 'Copy the address from the wallet again.');
  const digits = text.slice(2);
  const lower = digits.toLowerCase();
  const address = checksummed(lower);
  if (digits !== lower && digits !== digits.toUpperCase() && text !== address)
    throw badAddress(
      text,
      'its upper and lower case letters do not match its checksum (EIP-55), so a digit is probably wrong',
      'Copy the address from the wallet again.',
    );
  return address;
}

/** An address that this engine or the chain wrote, for calls into the chain library. */
export function known(address: Address): EvmAddress {
  return parseAddress(address);
}

/** The last 20 bytes of the hash of x ‖ y, of an uncompressed public key of 65 bytes. */
export function addressOf(publicKey: Uint8Array): EvmAddress {
  return checksummed(bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12)));
}

/** EIP-55: a letter is upper case where the hash of the lower-case digits has a digit of 8 or more. */
function checksummed(lower: string): EvmAddress {
  const hash = bytesToHex(keccak_256(utf8ToBytes(lower)));
  const digits = [...lower].map((digit, at) =>
    Number.parseInt(hash.charAt(at), 16) < 8 ? digit : digit.toUpperCase(),
  );
  return `0x${digits.join('')}`;
}

function badAddress(text: string, problem: string, remedy: string): BlockhostError {
  return new BlockhostError('chain.bad-address', `"${text.slice(0, 80)}" is not an address: ${problem}.`, {
    remedy,
  });
}
