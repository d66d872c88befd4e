import { type Address, type AddressCodec, BlockhostError } from '@blockhost/kernel';
import { type Address as EvmAddress, getAddress } from 'viem';

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
  const checksummed = getAddress(text.toLowerCase());
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && text !== checksummed)
    throw badAddress(
      text,
      'its upper and lower case letters do not match its checksum (EIP-55), so a digit is probably wrong',
      'Copy the address from the wallet again.',
    );
  return checksummed;
}

/** An address that this engine or the chain wrote, for calls into the chain library. */
export function known(address: Address): EvmAddress {
  return parseAddress(address);
}

function badAddress(text: string, problem: string, remedy: string): BlockhostError {
  return new BlockhostError('chain.bad-address', `"${text.slice(0, 80)}" is not an address: ${problem}.`, {
    remedy,
  });
}
