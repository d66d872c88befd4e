import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resolvePaths, systemClock } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';

const admin = join(import.meta.dirname, '../../../plugins/hosting/dist/admin');
const [{ LoginSignal }, { LoginWatcher }] = await Promise.all([
  import(join(admin, 'login-signal.js')),
  import(join(admin, 'login-watcher.js')),
]);

/** A real journal in a mount namespace of its own. */
const JOURNAL = `mount --make-rprivate /
for folder in /run/systemd /run/log; do mkdir -p $folder; mount -t tmpfs tmpfs $folder; done
mkdir -p /run/systemd/journal /run/log/journal
/lib/systemd/systemd-journald &
until [ -S /run/systemd/journal/dev-log ]; do sleep 0.05; done
echo ready; wait`;

/** Says one thing to the system log and lives until the journal has looked at who it is. */
const SAY = `use Socket; socket(my $log, AF_UNIX, SOCK_DGRAM, 0) or die;
connect($log, sockaddr_un('/run/systemd/journal/dev-log')) or die;
send($log, "<38>sshd[$$]: $ARGV[0]", 0) or die; sleep 1;`;

describe('LoginWatcher on a real system journal', function () {
  this.timeout(30_000);
  let root: string;
  let journal: ChildProcess;
  let watcher: { hold(): () => void; stop(): Promise<void> };

  before(async () => {
    if (process.geteuid?.() !== 0) throw new Error('A journal of its own needs root.');
    root = await mkdtemp(join(tmpdir(), 'blockhost-journal-'));
    await chmod(root, 0o755);
    journal = spawn('unshare', ['--mount', 'sh', '-c', JOURNAL], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await new Promise((resolve, reject) => {
      journal.stdout?.once('data', resolve);
      journal.once('close', () => reject(new Error('no journal can be started')));
    });
    // Who says something is known to the journal by the name of its program.
    for (const name of ['sshd', 'other']) await copyFile('/usr/bin/perl', join(root, name));
    await writeFile(join(root, 'say.pl'), SAY);
    const inside = `#!/bin/sh\nexec nsenter --mount --target ${journal.pid} journalctl "$@"\n`;
    await writeFile(join(root, 'journalctl'), inside, { mode: 0o755 });
  });
  after(async () => {
    await watcher?.stop();
    const ended = new Promise((resolve) => journal.once('close', resolve));
    if (journal.pid !== undefined) process.kill(-journal.pid, 'SIGKILL');
    await ended;
    await rm(root, { recursive: true, force: true });
  });

  const says = (program: string, address: string, ...as: string[]) =>
    promisify(execFile)('nsenter', [
      '--mount',
      `--target=${journal.pid}`,
      ...as,
      join(root, program),
      join(root, 'say.pl'),
      `Accepted publickey for root from ${address} port 22 ssh2: ED25519 SHA256:abc`,
    ]);

  it('believes root’s sshd, and nobody else who says the same', async () => {
    const paths = resolvePaths({ BLOCKHOST_ROOT: root });
    await mkdir(paths.run, { recursive: true });
    const log = new RecordingLogger();
    watcher = new LoginWatcher({ clock: systemClock, log, paths }, join(root, 'journalctl'));
    const release = watcher.hold();
    const signal = new LoginSignal(paths);
    const seen = new Set<string>();
    const look = async () => {
      const login = await signal.read();
      if (login?.address) seen.add(login.address);
    };
    const looking = setInterval(() => void look(), 20);
    try {
      await says('other', '203.0.113.1');
      await says('sshd', '203.0.113.2', 'setpriv', '--reuid=65534', '--clear-groups');
      const before = Date.now();
      await says('sshd', '192.0.2.7');
      const end = Date.now() + 10_000;
      while (!seen.has('192.0.2.7') && Date.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect([...seen]).to.deep.equal(['192.0.2.7']);
      expect((await signal.read())?.at).to.be.within(before - 10, Date.now());
      expect(log.records).to.deep.equal([]);
    } finally {
      clearInterval(looking);
      release();
    }
  });
});
