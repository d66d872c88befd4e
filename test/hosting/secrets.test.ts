import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { DemoHost } from '../demo/host.js';
import { buy, openCredential, publicSecret, type ReadyHost, setUp } from '../demo/main-job.js';

/** What the test itself keeps in the host's folder: the answers, and the private chain with its customers. */
const OWN = /^(answers\.yaml|devnet\/)/;

describe('the secrets of a host', function () {
  this.timeout(120_000);
  let folder: string;
  let host: DemoHost;
  let ready: ReadyHost;
  const secrets: Record<string, string> = {};
  const output: string[] = [];
  const commandLines = new Set<string>();

  const secretFile = async (name: string) =>
    (await readFile(join(folder, 'etc/blockhost', name), 'utf8')).trim().replace(/^0x/, '');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-secrets-'));
    host = await DemoHost.create(folder);
    const onLine = (line: string) => output.push(line);
    ready = await setUp(host, onLine);
    host.start(['daemon', 'monitor'], { env: { BLOCKHOST_LOG_LEVEL: 'debug' }, onLine });
    const purchase = await buy(ready, 'buyer');
    const watch = setInterval(() => void collectCommandLines(folder, commandLines), 50);
    try {
      await openCredential(ready, purchase);
    } finally {
      clearInterval(watch);
    }
    for (const args of [
      ['pipeline', 'list', '--json'],
      ['pipeline', 'show', 'create:1'],
      ['vm', 'list', '--json'],
    ])
      output.push(await host.run(...args).catch((error: Error) => error.message));
    Object.assign(secrets, {
      'server.key': await secretFile('server.key'),
      'deployer.key': await secretFile('deployer.key'),
      'admin-signature.key': await secretFile('admin-signature.key'),
      "the buyer's signature": (await purchase.customer.sign(publicSecret)).replace(/^0x/, ''),
    });
  });
  after(async () => {
    await host.run('vm', 'destroy', 'blockhost-001');
    await host.stop();
    await ready.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('lie in their own files and nowhere else below its folder, the database included', async () => {
    const found: string[] = [];
    for (const file of await filesBelow(folder)) {
      const name = relative(folder, file);
      if (OWN.test(name)) continue;
      const content = await readFile(file);
      for (const [secret, text] of Object.entries(secrets))
        if (holds(content, text)) found.push(`${secret} in ${name}`);
    }
    expect(found.sort()).to.deep.equal([
      'admin-signature.key in etc/blockhost/admin-signature.key',
      'deployer.key in etc/blockhost/deployer.key',
      'server.key in etc/blockhost/server.key',
    ]);
  });

  it('appear in no output, no log and no command line', () => {
    expect([...commandLines].some((line) => line.includes('daemon\0monitor'))).to.equal(true);
    for (const [secret, text] of Object.entries(secrets)) {
      const leaked = [...output, ...commandLines].filter((line) =>
        line.toLowerCase().includes(text.toLowerCase()),
      );
      expect(leaked, secret).to.deep.equal([]);
    }
  });

  it('are readable for the host only, and nothing below its folder is writable for others', async () => {
    const modes = new Map<string, number>();
    for (const file of await filesBelow(folder))
      modes.set(relative(folder, file), (await stat(file)).mode & 0o777);
    // Locks belong to root and the service alike, so that what one locks the other cannot lock.
    const writable = (name: string) => (/\.lock(-journal)?$/.test(name) ? 0o002 : 0o022);
    const wide = [...modes].filter(([name, mode]) => !OWN.test(name) && (mode & writable(name)) !== 0);
    expect(wide.map(([name, mode]) => `${name} ${mode.toString(8)}`)).to.deep.equal([]);
    const open = [...modes].filter(
      ([name, mode]) =>
        /\.(key|db|db-wal|db-shm)$|setup-state|vault|\.env$|\.ya?ml$/.test(name) && (mode & 0o007) !== 0,
    );
    expect(open.map(([name, mode]) => `${name} ${mode.toString(8)}`)).to.deep.equal([]);
  });

  it('stay out of the state of a set-up that is complete', async () => {
    const vault = await stat(join(folder, 'run/blockhost/installer/vault')).catch(() => null);
    expect(vault).to.equal(null);
  });
});

/** As text in any case, as raw bytes, and in base64. */
function holds(content: Buffer, hex: string): boolean {
  const bytes = Buffer.from(hex, 'hex');
  return (
    content.toString('latin1').toLowerCase().includes(hex.toLowerCase()) ||
    content.includes(bytes) ||
    content.includes(bytes.toString('base64'))
  );
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Command lines of every process whose environment names this host. */
async function collectCommandLines(folder: string, into: Set<string>): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (environment.includes(folder))
      into.add(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''));
  }
}
