import { expect } from 'chai';
import { isSecretName } from './is-secret-name.js';

const secret = [
  'key',
  'KEY',
  'privateKey',
  'private_key',
  'api-key',
  'apikey',
  'deployer.key',
  'keys',
  'key_hex',
  'HOT_KEY',
  'secret',
  'client_secret',
  'signature',
  'adminSignature',
  'mnemonic',
  'password',
  'password_hash',
  'passphrase',
  'token',
  'sessionToken',
  'authorization',
  'Cookie',
  'raw',
  'rawTransaction',
  'otp',
  'seed',
];
const harmless = [
  'public_key',
  'pubkey',
  'serverPublicKey',
  'key_file',
  'keyfile',
  'tokenId',
  'nft_token_id',
  'token_address',
  'vm',
  'monkeys_name',
  'draw',
  'hash',
  'address',
  'otp_length',
];

describe('isSecretName', () => {
  for (const name of secret)
    it(`hides what is called ${name}`, () => expect(isSecretName(name)).to.equal(true));
  for (const name of harmless)
    it(`shows what is called ${name}`, () => expect(isSecretName(name)).to.equal(false));
});
