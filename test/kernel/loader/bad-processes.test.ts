import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { expectGolden, fixture } from './fixtures.js';

const USE_PLUGINS = fileURLToPath(new URL('./use-plugins.js', import.meta.url));

interface Ended {
  readonly host: HostRoot;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs use-plugins.ts in a process of its own on a host with the healthy provisioner and these plugins. */
async function usePlugins(bad: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const host = await makeHostRoot({ plugins: ['healthy', ...bad].map(fixture) });
  const child = spawn(process.execPath, [USE_PLUGINS, ...args], {
    env: { ...process.env, BLOCKHOST_ROOT: host.root },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  try {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { host, code: child.exitCode, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
    await host.dispose();
  }
}

describe('a process with a bad plugin', function () {
  this.timeout(30_000);

  for (const name of ['blocks-at-import', 'blocks-in-activation'])
    it(`that ${name.replaceAll('-', ' ')} says which plugin, where, and ends with code 70`, async () => {
      const { host, code, stdout, stderr } = await usePlugins([name]);
      expect(code).to.equal(70);
      expect(stdout).to.equal('');
      expectGolden(name, stderr, host);
    });

  it('that prints keeps standard output for the result and logs the lines', async () => {
    const { code, stdout, stderr } = await usePlugins(['prints-to-stdout']);
    expect(JSON.parse(stdout)).to.include({ devnet: 'present', provisioner: 'present' });
    expect(code).to.equal(0);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ plugin, phase, text: said }) => [plugin, phase, said])).to.deep.equal([
      ['prints-to-stdout', 'import', 'hello from the import'],
      ['prints-to-stdout', 'activation', 'hello from the activation'],
      ['prints-to-stdout', 'activation', 'hello from a timer'],
    ]);
  });

  it('that calls process.exit goes on without it', async () => {
    const { code, stdout } = await usePlugins(['exits-at-import']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      provisioner: 'present',
      states: { healthy: 'active', 'exits-at-import': 'load-failed' },
    });
  });

  it('that throws from a timer of its activation goes on, and the activation has failed', async () => {
    const { host, code, stdout } = await usePlugins(['crashes-in-activation']);
    expect(code).to.equal(0);
    const { devnet, states } = JSON.parse(stdout);
    expect(states).to.deep.equal({ healthy: 'active', 'crashes-in-activation': 'activation-failed' });
    expectGolden('crashes-in-activation', devnet, host);
  });

  it('that crashes later goes on when the plugin is optional', async () => {
    const { code, stdout, stderr } = await usePlugins(['crashes-later']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).states).to.deep.equal({ healthy: 'active', 'crashes-later': 'crashed' });
    expect(JSON.parse(stderr.trim())).to.include({
      message: 'plugin crashed',
      plugin: 'crashes-later',
      error: 'thrown long after activation',
    });
  });

  it('that crashes later ends with the full message when the plugin is required', async () => {
    const { host, code, stdout, stderr } = await usePlugins(['crashes-later-required']);
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expectGolden('crashes-later-required', stderr, host);
  });

  it('whose daemon it runs ends with the full message, although the plugin is optional', async () => {
    const { host, code, stdout, stderr } = await usePlugins(['daemon'], 'daemon');
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expectGolden('daemon', stderr, host);
  });

  it('ends as any process would by an error that is not of a plugin', async () => {
    const { code, stdout, stderr } = await usePlugins([], 'crash');
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/^Uncaught Error: the process itself failed\n {4}at /);
  });
});
