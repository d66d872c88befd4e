import { join } from 'node:path';
import { expect } from 'chai';
import { StartedProcess } from './started-process.js';
import { TestHost } from './test-host.js';

/** Prints each datagram that arrives on the socket it is given; perl is on every Debian, Node has no such sockets. */
const RECEIVER = `
use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die; print "listening\\n";
while (defined recv($s, my $message, 65536, 0)) { $message =~ s/\\n/ /g; print "got $message\\n"; }
`;

describe('sd_notify', function () {
  this.timeout(20_000);
  let host: TestHost;
  let systemd: StartedProcess;
  let socket: string;

  beforeEach(async () => {
    host = new TestHost();
    socket = join(host.root, 'notify');
    systemd = new StartedProcess('perl', ['-e', RECEIVER, socket], { PATH: process.env.PATH });
    await systemd.line(/listening/);
  });
  afterEach(async () => {
    await host.remove();
    await systemd.end();
  });

  it('tells systemd when the daemon is ready, what it does, that it lives, and that it stops', async () => {
    const daemon = host.run(['daemon', 'beat'], { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' });
    await systemd.line(/got .*READY=1/);
    await systemd.line(/got .*STATUS=beating/);
    await systemd.line(/got .*WATCHDOG=1/);
    daemon.kill('SIGTERM');
    await systemd.line(/got .*STOPPING=1/);
    expect((await daemon.ended).code).to.equal(0);
  });

  it('says READY only after the start has succeeded', async () => {
    const daemon = host.run(['daemon', 'beat'], { NOTIFY_SOCKET: socket, BEHAVIOUR: 'no-start' });
    expect((await daemon.ended).code).to.equal(1);
    await systemd.line(/got .*STOPPING=1/);
    expect(systemd.lines.join('\n')).to.not.contain('READY=1');
  });
});
