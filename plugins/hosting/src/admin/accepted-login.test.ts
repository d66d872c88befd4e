import { expect } from 'chai';
import { acceptedInJournal, acceptedInLogLine, acceptedLogin } from './accepted-login.js';

/** RSA fingerprint as OpenSSH appends it. */
const KEY = 'ssh2: RSA SHA256:dGhpcyBpcyBub3QgYSByZWFsIGZpbmdlcnByaW50ISEhISE';

describe('a login by SSH', () => {
  for (const [message, address] of [
    [`Accepted publickey for admin from 192.0.2.7 port 54321 ${KEY}`, '192.0.2.7'],
    ['Accepted password for root from 2001:DB8::0:7 port 22 ssh2', '2001:db8::7'],
    ['Accepted keyboard-interactive/pam for admin from ::ffff:192.0.2.7 port 1 ssh2', '192.0.2.7'],
    ['Accepted gssapi-with-mic for a.b-c_d$ from 198.51.100.1 port 65535 ssh2: a@EXAMPLE', '198.51.100.1'],
    // The name on a certificate is whatever its authority wrote: it stands behind the address.
    [
      'Accepted publickey for admin from 192.0.2.7 port 5 ssh2: ED25519-CERT ID x from 6.6.6.6 port 5 ssh2 (serial 1)',
      '192.0.2.7',
    ],
  ] as const)
    it(`is seen in “${message.slice(0, 60)}…”`, () => {
      expect(acceptedLogin(message)).to.equal(address);
    });

  for (const message of [
    'Failed password for invalid user Accepted publickey for root from 6.6.6.6 port 22 ssh2 from 192.0.2.7 port 5 ssh2',
    'Invalid user Accepted publickey for root from 6.6.6.6 port 22 ssh2 from 192.0.2.7 port 5',
    'error: Accepted publickey for root from 6.6.6.6 port 22 ssh2',
    ' Accepted publickey for root from 6.6.6.6 port 22 ssh2',
    'Accepted publickey for x from 6.6.6.6 port 22 ssh2 from 192.0.2.7 port 5 ssh2',
    'Accepted publickey for x y from 6.6.6.6 port 22 ssh2',
    'Accepted publickey for root from 6.6.6.6 port 22 ssh2\nmore',
    'Accepted publickey for root from evil.example port 22 ssh2',
    'Accepted publickey for root from UNKNOWN port 65535 ssh2',
    'Accepted publickey for root from 127.0.0.1 port 22 ssh2',
    'Accepted publickey for root from ::1 port 22 ssh2',
    'Accepted publickey for root from ::ffff:127.0.0.1 port 22 ssh2',
    'Accepted publickey for root from 6.6.6.6 port 22',
    `Accepted publickey for ${'x'.repeat(101)} from 6.6.6.6 port 22 ssh2`,
    'Accepted  for root from 6.6.6.6 port 22 ssh2',
    '',
  ])
    it(`is not seen in “${message.slice(0, 90)}”`, () => {
      expect(acceptedLogin(message)).to.equal(null);
    });

  it('is seen in lines of auth.log, old and new, that sshd wrote', () => {
    const login = 'Accepted publickey for root from 192.0.2.7 port 22 ssh2';
    expect(acceptedInLogLine(`Nov  3 01:02:03 host sshd[123]: ${login}`)).to.equal('192.0.2.7');
    expect(acceptedInLogLine(`2026-11-03T01:02:03.123456+00:00 host sshd-session[1]: ${login}`)).to.equal(
      '192.0.2.7',
    );
    for (const line of [
      login,
      `Nov  3 01:02:03 host su[123]: ${login}`,
      `Nov  3 01:02:03 host sshd[123]: Invalid user x sshd[1]: ${login}`,
      `x Nov  3 01:02:03 host sshd[123]: ${login}`,
      `Nov  3 01:02:03 host evil sshd[123]: ${login}`,
    ])
      expect(acceptedInLogLine(line), line).to.equal(null);
  });

  it('is seen in the journal when root’s sshd wrote it, whatever else claims to be sshd', () => {
    const entry = {
      __REALTIME_TIMESTAMP: '1767225600123456',
      _UID: '0',
      _COMM: 'sshd',
      MESSAGE: 'Accepted publickey for root from 192.0.2.7 port 22 ssh2',
    };
    const read = (changes: object) => acceptedInJournal(JSON.stringify({ ...entry, ...changes }));
    expect(read({})).to.deep.equal({ address: '192.0.2.7', at: 1_767_225_600_123 });
    expect(read({ _COMM: 'sshd-session' })).to.not.equal(null);
    for (const changes of [
      { _UID: '1000' },
      { _UID: 0 },
      { _UID: ['0', '1000'] },
      { _COMM: 'logger', SYSLOG_IDENTIFIER: 'sshd' },
      { MESSAGE: [65, 99] },
      { MESSAGE: undefined },
      { __REALTIME_TIMESTAMP: 'x' },
    ])
      expect(read(changes), JSON.stringify(changes)).to.equal(null);
    for (const line of ['', 'null', '7', '[]', '{', '"Accepted"'])
      expect(acceptedInJournal(line)).to.equal(null);
  });
});
