import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import {
  decodeHex,
  encodeHex,
  openText,
  openTextFrom,
  parsePrivateKey,
  parsePublicKey,
  sealText,
  sealTextTo,
} from '../crypto/index.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import type {
  Address,
  AddressCodec,
  Hex,
  KeyCodec,
  MessageSigning,
  SigningKey,
  UserDataCipher,
} from '../ports/chain-engine.js';

/** DER before a raw Ed25519 private or public key (RFC 8410, section 7 and 4). */
const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');
const ADDRESS = /^fake1[0-9a-f]{38}$/;
const SIGNATURE = /^0x[0-9a-f]{192}$/i;

const seeds = new WeakMap<SigningKey, Buffer>();

export const fakeAddresses: AddressCodec = {
  parse(text) {
    const address = text.toLowerCase();
    if (ADDRESS.test(address)) return address;
    throw new BlockhostError('chain.bad-address', `"${text}" is not an address: fake1 and 38 hex digits.`);
  },
  same: (a, b) => a.toLowerCase() === b.toLowerCase(),
};

export const fakeKeys: KeyCodec = {
  generate() {
    const text = randomBytes(32).toString('hex');
    return { text, address: fakeKeys.parse(text).address };
  },
  parse(text) {
    const seed = text.trim();
    if (!/^[0-9a-f]{64}$/i.test(seed))
      throw new BlockhostError('chain.bad-key', 'This is not a key: 64 hex digits.');
    const address = addressOf(publicKeyFrom(Buffer.from(seed, 'hex')));
    const key: SigningKey = Object.freeze({ address });
    seeds.set(key, Buffer.from(seed, 'hex'));
    return key;
  },
};

/** A signature is the Ed25519 public key and the signature proper: deterministic, and its signer can be recovered. */
export const fakeMessages: MessageSigning = {
  async sign(message, key) {
    const seed = seeds.get(key);
    if (!seed) throw new BlockhostError('chain.bad-key', 'This key is not of this chain.');
    const signature = sign(null, Buffer.from(message), privateKey(seed));
    return encodeHex(Buffer.concat([publicKeyFrom(seed), signature]));
  },
  async recover(message, signature) {
    if (!SIGNATURE.test(signature)) return null;
    const bytes = Buffer.from(decodeHex(signature.toLowerCase()));
    const publicKey = bytes.subarray(0, 32);
    const key = createPublicKey({ key: Buffer.concat([PUBLIC, publicKey]), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(message), key, bytes.subarray(32)) ? addressOf(publicKey) : null;
  },
  isSignature: (text) => SIGNATURE.test(text),
};

export const fakeCipher: UserDataCipher = {
  sealPurchase: (serverPublicKey, signature) =>
    sealTextTo(parsePublicKey(serverPublicKey), needSignature(signature)),
  openPurchase: (userEncrypted, serverKey) =>
    opened(() => needSignature(openTextFrom(parsePrivateKey(serverKey), userEncrypted))),
  seal: (signature, plaintext) => sealText(cipherKey(needSignature(signature)), plaintext),
  open: (signature, ciphertext) => opened(() => openText(cipherKey(needSignature(signature)), ciphertext)),
};

function needSignature(text: string): Hex {
  const hex = text.startsWith('0x') ? text : `0x${text}`;
  if (SIGNATURE.test(hex)) return hex.toLowerCase() as Hex;
  throw new BlockhostError('chain.bad-signature', 'This is not a message signature of this chain.');
}

function cipherKey(signature: Hex): Uint8Array {
  return createHash('sha256').update(decodeHex(signature)).digest();
}

function opened(open: () => string): string {
  try {
    return open();
  } catch {
    throw new BlockhostError('chain.undecryptable', 'The data cannot be decrypted with this key.');
  }
}

function privateKey(seed: Buffer) {
  return createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: 'der', type: 'pkcs8' });
}

function publicKeyFrom(seed: Buffer): Buffer {
  const spki = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
  return spki.subarray(PUBLIC.length);
}

function addressOf(publicKey: Buffer): Address {
  return `fake1${createHash('sha256').update(publicKey).digest('hex').slice(0, 38)}`;
}
