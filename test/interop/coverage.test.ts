import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { vectorsFolder } from '../contracts/vectors.js';
import { checkout } from '../demo/host.js';

const BROKER = 'the broker is not built yet';
const OPNET = 'there is no engine for OPNet yet';
const LOGIN = 'the login of VMs is not built yet';

/** Vector files that no test reads, and why. */
const LATER: Readonly<Record<string, string>> = {
  'admin-command-opnet': OPNET,
  'broker-payload': BROKER,
  'broker-response': BROKER,
  'config-backup-opnet': OPNET,
  'ecies-broker-evm': BROKER,
  'manager-login': BROKER,
  'opnet-broker-request': OPNET,
  'opnet-broker-response': OPNET,
  'opnet-events': OPNET,
  'opnet-functions': OPNET,
  'opnet-login-callback': LOGIN,
  'otp-installer': 'the pages of the installer are not built yet',
  'otp-pam': LOGIN,
  'otp-ttl': LOGIN,
  'pam-session-id': LOGIN,
  'pam-sig': LOGIN,
  'symmetric-opnet': OPNET,
  'wireguard-keys': BROKER,
};

describe('the interoperability vectors', () => {
  const sources = globSync(['test/interop/*.test.ts', 'test/contracts/*.test.ts'], { cwd: checkout })
    .filter((path) => basename(path) !== 'coverage.test.ts')
    .map((path) => readFileSync(join(checkout, path), 'utf8'))
    .join('\n');
  const isRead = (name: string) =>
    sources.includes(`'${name}'`) || sources.includes(`'${name.replace(/^scenario-/, '')}'`);
  const names = globSync('*.json', { cwd: vectorsFolder }).map((file) => basename(file, '.json'));

  it('are each read by a test, or known to be for later', () => {
    expect(names).to.have.length.greaterThan(0);
    expect(names.filter((name) => !isRead(name) && !(name in LATER)).sort()).to.deep.equal([]);
  });

  it('are for later only while no test reads them', () => {
    expect(Object.keys(LATER).filter(isRead)).to.deep.equal([]);
  });
});
