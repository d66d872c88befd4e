// All that this engine uses of the curve and hash libraries, in one place: the build bundles the compiled form of this
// module, because reading one file instead of twelve is most of what they add to the start of a command.
export { secp256k1 } from '@noble/curves/secp256k1.js';
export { keccak_256 } from '@noble/hashes/sha3.js';
export { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
