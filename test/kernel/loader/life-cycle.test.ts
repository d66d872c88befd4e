import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { boot, CLOCK, CONFIG, DEVNET, PATHS, PROVISIONER, portToken, VM_STORE } from '@blockhost/kernel';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { collectingLogger, fixture, rejection, withFixtures } from './fixtures.js';
import { modulesLoadedBy } from './modules-loaded.js';

describe('a kernel', () => {
  it('answers the same instance each time, also to two who ask at once', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      const [first, second] = await Promise.all([kernel.get(PROVISIONER), kernel.get(PROVISIONER)]);
      expect(first).to.equal(second);
      expect(await kernel.get(PROVISIONER)).to.equal(first);
    });
  });

  it('takes a plugin from indexed over active to stopped', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      const state = () => kernel.plugins()[0]?.state;
      expect(state()).to.equal('indexed');
      await kernel.get(PROVISIONER);
      expect(state()).to.equal('active');
      expect(kernel.plugins()[0]?.timings).to.have.keys('import', 'activation');
      await kernel.stop();
      expect(state()).to.equal('stopped');
    });
  });

  it('gives a port of one plugin to another that asks for it', async () => {
    await withFixtures(['healthy', 'injects-provisioner'], async ({ kernel }) => {
      const devnet = await kernel.get(DEVNET);
      expect(await devnet.start({} as never)).to.equal('running');
      expect(kernel.plugins().map(({ state }) => state)).to.deep.equal(['active', 'active']);
    });
  });

  it('has services of its own', async () => {
    await withFixtures([], async ({ host, kernel }) => {
      expect(await kernel.get(PATHS)).to.equal(host.paths);
      expect((await kernel.get(CLOCK)).now()).to.be.closeTo(Date.now(), 1_000);
      expect(await kernel.get(CONFIG)).to.equal(await kernel.get(CONFIG));
    });
  });

  it('names the port that nobody provides', async () => {
    await withFixtures([], async ({ kernel }) => {
      expect(await rejection(kernel.get(VM_STORE))).to.deep.include({
        code: 'port.not-provided',
        sentence: 'No installed plugin provides the port "vm-store".',
      });
      expect(await rejection(kernel.get(portToken('provisoner', 1)))).to.deep.include({
        remedy: 'Did you mean "provisioner"?',
      });
      expect(await rejection(kernel.get(Symbol('thing')))).to.deep.include({ code: 'token.unknown' });
    });
  });

  it('refuses a version of a port that the provider does not speak', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      expect(await rejection(kernel.get(portToken('provisioner', 2)))).to.deep.include({
        code: 'port.wrong-version',
      });
    });
  });

  it('imports entries by name and says which plugin or entry is not there', async () => {
    await withFixtures(['honest-steps'], async ({ kernel }) => {
      const { steps } = await kernel.import('honest-steps', 'finalization');
      expect(steps.map(({ id }) => id)).to.deep.equal(['account']);
      expect(kernel.plugins()[0]?.state).to.equal('checked');
      expect(await rejection(kernel.import('honest-step', 'finalization'))).to.deep.include({
        code: 'plugin.not-installed',
        remedy: 'Did you mean "honest-steps"?',
      });
      expect(await rejection(kernel.import('honest-steps', 'wizard'))).to.deep.include({
        code: 'plugin.no-such-entry',
      });
    });
  });

  it('leaves a failed optional plugin out of importAll, and says so in the log', async () => {
    await withFixtures(['honest-steps', 'lies-about-steps'], async ({ kernel, log }) => {
      const entries = await kernel.importAll('finalization');
      expect(entries.map(({ plugin }) => plugin)).to.deep.equal(['honest-steps']);
      expect(log).to.have.length(1);
      expect(log[0]?.fields).to.include({ plugin: 'lies-about-steps' });
    });
  });

  it('builds a daemon with its needs, and refuses one that lacks members', async () => {
    await withFixtures(['healthy', 'daemon'], async ({ kernel }) => {
      const watcher = await kernel.import('daemon', 'daemons', 'watcher');
      expect(await watcher.health()).to.deep.equal({ healthy: true });
      expect(await rejection(kernel.import('daemon', 'daemons', 'broken'))).to.have.property(
        'sentence',
        'The plugin "daemon" could not be loaded: /entries/daemons of the manifest promises the daemon "broken", but ./broken.js lacks "health", "stop".',
      );
    });
  });

  it('leaves an optional port out when nobody provides it, or its optional plugin failed', async () => {
    for (const [beside, healthy] of [
      [[], false],
      [['throws-at-import'], false],
      [['undoes'], true],
    ] as const)
      await withFixtures(['injects-optionally', ...beside], async ({ kernel }) => {
        const daemon = await kernel.import('injects-optionally', 'daemons', 'one');
        expect(await daemon.health()).to.deep.equal({ healthy });
      });
  });

  it('names a plugin that waits for one that waits for it', async () => {
    await withFixtures(['waits-c', 'waits-d'], async ({ kernel }) => {
      expect(await (await kernel.get(DEVNET)).start({} as never)).to.equal('without');
      expect(kernel.plugins().map(({ state, reason }) => [state, reason])).to.deep.equal([
        ['active', null],
        ['missing-dependency', 'it needs itself: waits-d → waits-c → waits-d.'],
      ]);
    });
  });

  it('lets no two plugins wait for each other for ever when both are asked for at once', async () => {
    await withFixtures(['waits-c', 'waits-d'], async ({ kernel }) => {
      await Promise.allSettled([kernel.get<unknown>(DEVNET), kernel.get<unknown>(VM_STORE)]);
      const cycles = kernel.plugins().filter(({ state }) => state === 'missing-dependency');
      expect(cycles.map(({ reason }) => reason)).to.have.length(1);
      expect(cycles[0]?.reason).to.match(/^it needs itself: (waits-[cd]) → waits-[cd] → \1\.$/);
    });
  });

  it('loads nothing any more once it is stopped, and reverts what was being activated', async () => {
    await withFixtures(['healthy', 'activates-when-told'], async ({ host, kernel }) => {
      const begun = once(watch(host.paths.state, { persistent: false }), 'change');
      const building = rejection(kernel.get(DEVNET));
      await begun;
      await kernel.stop();
      await writeFile(join(host.paths.state, 'told'), '');
      expect(await building).to.have.property('code', 'kernel.stopped');
      expect(existsSync(join(host.paths.state, 'undone'))).to.equal(true);
      expect(await rejection(kernel.get(PROVISIONER))).to.have.property('code', 'kernel.stopped');
    });
  });

  it('asks a plugin that declined again, and uses its other entries meanwhile', async () => {
    await withFixtures(['declines-at-first', 'needs-devnet'], async ({ host, kernel }) => {
      const states = () => kernel.plugins().map(({ state }) => state);
      expect(await rejection(kernel.get(DEVNET))).to.have.property('code', 'plugin.declined');
      const needing = await rejection(kernel.import('needs-devnet', 'daemons', 'one'));
      expect(needing).to.have.property('code', 'plugin.missing-dependency');
      expect(states()).to.deep.equal(['declined', 'missing-dependency']);
      expect((await kernel.import('declines-at-first', 'finalization')).steps).to.have.length(1);

      await writeFile(join(host.paths.config, 'configured'), '');
      const daemon = await kernel.import('needs-devnet', 'daemons', 'one');
      expect(await daemon.health()).to.deep.equal({ healthy: true });
      expect(states()).to.deep.equal(['active', 'active']);
    });
  });

  it('reverts half an activation in reverse order, past an undo that fails', async () => {
    await withFixtures(['half-activation'], async ({ host, kernel, log }) => {
      await rejection(kernel.get(DEVNET));
      const journal = await readFile(join(host.paths.state, 'half-activation.txt'), 'utf8');
      expect(journal.trim().split('\n')).to.deep.equal([
        'lock taken',
        'server started',
        'user added',
        'user removed',
        'server stopped',
        'lock released',
      ]);
      expect(log.map(({ fields }) => [fields.plugin, fields.act, fields.error])).to.deep.equal([
        ['half-activation', 'stop the server', 'and it complained'],
      ]);
    });
  });

  it('reverts at once what an activation does after its deadline', async () => {
    await withFixtures(['activates-late'], async ({ host, kernel }) => {
      const journal = join(host.paths.state, 'activates-late.txt');
      const written = once(watch(host.paths.state, { persistent: false }), 'change');
      expect(await rejection(kernel.get(DEVNET))).to.have.property('code', 'plugin.timed-out');
      await written;
      expect(await readFile(journal, 'utf8')).to.equal('reverted');
    });
  });

  it('names the Debian package that brought a failed plugin', async () => {
    await withFixtures(['declines'], async ({ host, kernel }) => {
      const lists = host.paths.resolve('/var/lib/dpkg/info');
      await mkdir(lists, { recursive: true });
      const owned = '/usr/share/blockhost/plugins.d/declines.json';
      await writeFile(join(lists, 'blockhost-declines.list'), `/.\n${owned}\n`);
      const error = await rejection(kernel.get(DEVNET));
      expect(error).to.have.property('facts').that.deep.includes({ package: 'blockhost-declines' });
      expect(kernel.plugins()[0]?.package).to.equal('blockhost-declines');
    });
  });

  it('reverts activations in reverse order when it stops, then disposes of the instance, once', async () => {
    await withFixtures(['undoes'], async ({ host, kernel }) => {
      const journal = join(host.paths.state, 'undoes.txt');
      await kernel.get(DEVNET);
      expect(existsSync(journal)).to.equal(false);
      await kernel.stop();
      await kernel.stop();
      expect((await readFile(journal, 'utf8')).trim().split('\n')).to.deep.equal([
        'second undone',
        'first undone, aborted: true',
        'disposed',
      ]);
    });
  });

  it('imports nothing of a plugin that nobody uses: not one module more than for the manifest of one', async () => {
    const one = await modulesLoadedBy(['undoes'], 'boot');
    expect(await modulesLoadedBy(['healthy', 'throws-at-import', 'undoes'], 'boot')).to.deep.equal(one);
    expect(one.filter((url) => url.startsWith(pathToFileURL(fixture('')).href))).to.deep.equal([]);
    const used = await modulesLoadedBy(['healthy', 'throws-at-import', 'undoes'], 'provisioner');
    expect(used.filter((url) => url.startsWith(pathToFileURL(fixture('')).href))).to.deep.equal([
      pathToFileURL(fixture('healthy/service.js')).href,
    ]);
  });

  it('refuses, as root-owned, what others than root can change', async () => {
    const host = await makeHostRoot({ plugins: [fixture('healthy')] });
    const kernel = await boot({
      process: 'test',
      paths: host.paths,
      log: collectingLogger([]),
      trust: 'root-owned',
    });
    try {
      const error = await rejection(kernel.get(PROVISIONER));
      expect(error).to.have.property('code', 'plugin.invalid-manifest');
      expect(error)
        .to.have.property('sentence')
        .that.matches(/others than root can write it|not to root/);
    } finally {
      await kernel.stop();
      await host.dispose();
    }
  });
});
