import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Paths, resolvePaths, systemClock } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';

const admin = join(import.meta.dirname, '../../../plugins/hosting/dist/admin');
const [{ LoginSignal }, { LoginWatcher }, { TestTime }] = await Promise.all([
  import(join(admin, 'login-signal.js')),
  import(join(admin, 'login-watcher.js')),
  import(join(admin, 'test-time.js')),
]);

const line = (address: string) =>
  `Nov  3 01:02:03 host sshd[123]: Accepted publickey for root from ${address} port 22 ssh2\n`;

describe('LoginWatcher', () => {
  let root: string;
  let paths: Paths;
  let log: RecordingLogger;
  let watcher: { hold(): () => void; stop(): Promise<void> };
  const clock = new TestTime();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blockhost-logins-'));
    paths = resolvePaths({ BLOCKHOST_ROOT: root });
    await mkdir(paths.run, { recursive: true });
    await mkdir(dirname(authLog()), { recursive: true });
    log = new RecordingLogger();
  });
  afterEach(async () => {
    await watcher.stop();
    await rm(root, { recursive: true, force: true });
  });

  const authLog = () => paths.resolve('/var/log/auth.log');
  const until = async (what: string, condition: () => Promise<boolean> | boolean, strideMs = 10) => {
    const end = performance.now() + 5_000;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
      clock.advance(strideMs);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const signalled = (address: string) =>
    until(address, async () => (await new LoginSignal(paths).read())?.address === address);
  /** A program that is called as `journalctl` is, and prints what its file holds. */
  const journalctl = async (script: string) => {
    const path = join(root, 'journalctl');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it('tells of a login that the journal has, with its time', async () => {
    const entry = {
      __REALTIME_TIMESTAMP: '1767225600123456',
      _UID: '0',
      _COMM: 'sshd',
      MESSAGE: 'Accepted publickey for root from 192.0.2.7 port 22 ssh2',
    };
    await writeFile(join(root, 'entries'), `not json\n${JSON.stringify(entry)}\n`);
    const program = await journalctl(
      `printf '%s\\n' "$@" > ${root}/arguments; cat ${root}/entries; exec sleep 60`,
    );
    watcher = new LoginWatcher({ clock: systemClock, log, paths }, program);
    const release = watcher.hold();
    await signalled('192.0.2.7');
    expect((await new LoginSignal(paths).read())?.at).to.equal(1_767_225_600_123);
    release();
  });

  it('follows auth.log while the journal cannot be followed, through rotation and truncation', async () => {
    await writeFile(authLog(), line('192.0.2.1'));
    watcher = new LoginWatcher({ clock, log, paths }, '/nowhere/journalctl');
    const release = watcher.hold();
    await until('auth.log to be followed', () => clock.sleeping >= 2);
    expect(await new LoginSignal(paths).read()).to.equal(null);
    await appendFile(authLog(), line('192.0.2.2').slice(0, 20));
    await appendFile(authLog(), line('192.0.2.2').slice(20));
    await signalled('192.0.2.2');
    await appendFile(authLog(), line('192.0.2.3'));
    await rename(authLog(), `${authLog()}.1`);
    await writeFile(authLog(), line('192.0.2.4'));
    await signalled('192.0.2.4');
    await truncate(authLog());
    const cut = clock.now();
    await until('the cut to be seen', () => clock.now() > cut + 3_000);
    await appendFile(authLog(), line('192.0.2.5'));
    await signalled('192.0.2.5');
    release();
    expect(log.records.map(({ message }) => message)).to.include(
      'the journal cannot be followed for logins; auth.log is',
    );
  });

  it('tries the journal again after a while', async () => {
    const program = await journalctl(`echo run >> ${root}/runs; exit 1`);
    watcher = new LoginWatcher({ clock, log, paths }, program);
    const release = watcher.hold();
    const failures = () => log.records.filter(({ message }) => message.startsWith('the journal')).length;
    await until('three tries', () => failures() >= 3, 200);
    release();
  });

  it('runs only while somebody holds it', async () => {
    const program = await journalctl(`echo $$ > ${root}/pid; exec sleep 60`);
    watcher = new LoginWatcher({ clock: systemClock, log, paths }, program);
    const [first, second] = [watcher.hold(), watcher.hold()];
    const pid = async () => Number(await readFile(join(root, 'pid'), 'utf8').catch(() => '')) || null;
    await until('it to run', async () => (await pid()) !== null);
    const runs = async () =>
      readFile(`/proc/${await pid()}/cmdline`, 'utf8').then(
        (text) => text.includes('sleep'),
        () => false,
      );
    first();
    first();
    await until('it to sleep', runs);
    second();
    await until('it to end', async () => !(await runs()));
  });
});
