import { definePort, portToken } from './token.js';

/** Text form of an address on the engine's chain, in its canonical spelling. Compare with `addresses.same`. */
export type Address = string;
/** `0x` and lower-case hex digits. */
export type Hex = string;

/** What needs neither a network nor a set-up: addresses, keys, signatures and ciphers of the chain. */
export interface ChainCodec {
  readonly addresses: AddressCodec;
  readonly keys: KeyCodec;
  readonly messages: MessageSigning;
  readonly cipher: UserDataCipher;
}

export interface AddressCodec {
  /** Canonical spelling; throws `chain.bad-address` naming what is wrong. */
  parse(text: string): Address;
  same(a: Address, b: Address): boolean;
}

/** A private key in memory. Prints and serialises as its address only. */
export interface SigningKey {
  readonly address: Address;
}

export interface KeyCodec {
  /** A new key as the text of its key file, and its address. */
  generate(): { readonly text: string; readonly address: Address };
  /** Reads the text of a key file; throws `chain.bad-key` without quoting it. */
  parse(text: string): SigningKey;
}

export interface MessageSigning {
  sign(message: string, key: SigningKey): Promise<Hex>;
  /** The address that signed, or null when the signature is malformed or proves nothing. */
  recover(message: string, signature: string): Promise<Address | null>;
  /** True when `text` has the form of a message signature on this chain. */
  isSignature(text: string): boolean;
}

/** The two encryptions of crypto.md 2.1 and 3. Every failure is `chain.undecryptable`, without a hint at the cause. */
export interface UserDataCipher {
  /** ECIES to the host's server key (uncompressed public key): the signature text a buyer attaches to a purchase. */
  sealPurchase(serverPublicKey: Hex, signature: string): Hex;
  /** Opens what a purchase carries with the text of `server.key`; answers the signature text in its chain's form. */
  openPurchase(userEncrypted: Hex, serverKey: string): string;
  /** Symmetric encryption under the key derived from a wallet signature. */
  seal(signature: string, plaintext: string): Hex;
  open(signature: string, ciphertext: Hex): string;
}

/** Provided beside `chain-engine`, by a module that imports no client of the chain: commands that need no network start fast. */
export const CHAIN_CODEC = portToken<ChainCodec>('chain-codec', 1);

export const chainCodecPort = definePort<ChainCodec>({
  name: 'chain-codec',
  major: 1,
  token: CHAIN_CODEC,
  core: [
    'addresses.parse',
    'addresses.same',
    'keys.generate',
    'keys.parse',
    'messages.sign',
    'messages.recover',
    'messages.isSignature',
    'cipher.sealPurchase',
    'cipher.openPurchase',
    'cipher.seal',
    'cipher.open',
  ],
  capabilities: {},
  answers: {},
});
