import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Paths, resolvePaths } from '@blockhost/kernel';
import { expect } from 'chai';
import { isConnected } from './established.js';
import { LoginSignal } from './login-signal.js';

describe('the sign of who is logged in', () => {
  let root: string;
  let paths: Paths;
  let signal: LoginSignal;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blockhost-signal-'));
    paths = resolvePaths({ BLOCKHOST_ROOT: root });
    await mkdir(paths.run, { recursive: true });
    signal = new LoginSignal(paths);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  describe('in the file knock.active', () => {
    it('is read as it was written, in canonical text, with its time and mode', async () => {
      await signal.write('2001:db8:0:0::7', 1_767_225_600_123);
      expect(await signal.read()).to.deep.equal({ address: '2001:db8::7', at: 1_767_225_600_123 });
      expect((await stat(signal.path)).mode & 0o777).to.equal(0o640);
      await signal.refresh(1_767_225_700_000);
      expect(await signal.read()).to.include({ at: 1_767_225_700_000 });
    });

    it('is not there without the file, through a link, or in what is no file', async () => {
      expect(await signal.read()).to.equal(null);
      await writeFile(join(root, 'elsewhere'), '192.0.2.7');
      await symlink(join(root, 'elsewhere'), signal.path);
      expect(await signal.read()).to.equal(null);
      await rm(signal.path);
      await mkdir(signal.path);
      expect(await signal.read()).to.equal(null);
    });

    it('names nobody when it holds anything but one address of a client', async () => {
      for (const content of [
        '',
        'nobody',
        '127.0.0.1',
        '192.0.2.7 192.0.2.8',
        '192.0.2.7/24',
        `192.0.2.7${' '.repeat(100)}x`.slice(0, 40).padEnd(200, 'x'),
        'x'.repeat(1_000_000),
        '224.0.0.1',
        '255.255.255.255',
        'ff02::1',
        '::ffff:0.0.0.0',
        '010.0.0.1',
      ]) {
        await writeFile(signal.path, content);
        expect((await signal.read())?.address, content.slice(0, 40)).to.equal(null);
      }
    });
  });

  describe('in the kernel’s table of connections', () => {
    const table = async (name: string, ...rows: string[]) => {
      const path = paths.resolve(`/proc/net/${name}`);
      await mkdir(dirname(path), { recursive: true });
      const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid';
      await writeFile(path, [head, ...rows, ''].join('\n'));
    };
    const row = (local: string, remote: string, state = '01') =>
      `   0: ${local} ${remote} ${state} 00000000:00000000 02:000A 00000000     0        0 1 2 0000 20 4 29 10 -1`;

    it('is seen for IPv4, for IPv6, and for IPv4 at a socket of both', async () => {
      await table('tcp', row('010200C0:0016', '070200C0:D431'));
      await table(
        'tcp6',
        row('00000000000000000000000000000000:1F46', 'B80D0120000000000000000007000000:D431'),
        row('0000000000000000FFFF0000010200C0:0016', '0000000000000000FFFF0000096433C6:D431'),
      );
      expect(await isConnected(paths, '192.0.2.7', [22])).to.equal(true);
      expect(await isConnected(paths, '2001:db8::7', [22, 8006])).to.equal(true);
      expect(await isConnected(paths, '198.51.100.9', [22])).to.equal(true);
    });

    it('is not seen at another port, from another address, or while it is not established', async () => {
      await table('tcp', row('010200C0:0016', '070200C0:D431'), row('010200C0:0016', '080200C0:D431', '06'));
      expect(await isConnected(paths, '192.0.2.7', [23])).to.equal(false);
      expect(await isConnected(paths, '192.0.2.6', [22])).to.equal(false);
      expect(await isConnected(paths, '192.0.2.8', [22])).to.equal(false);
      await table('tcp', 'x', '0: zz:0016 yy:1 01', '');
      expect(await isConnected(paths, '192.0.2.7', [22])).to.equal(false);
    });

    it('is not seen where there is no table', async () => {
      expect(await isConnected(paths, '192.0.2.7', [22])).to.equal(false);
    });
  });
});
