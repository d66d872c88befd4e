import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostConfig, type PortRule, resolvePaths } from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { ADMIN_COMMANDS_JSON, BLOCKHOST_YAML, SERVER_KEY } from '@blockhost/kernel/host-files';
import { openDatabase } from '@blockhost/kernel/store';
import { FakeChain, sealFakeOrder } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { AgentHost } from '../root-agent/agent-host.js';
import { checkPrivileges } from '../root-agent/check-privileges.js';
import type { KnockScript } from './knocking-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { adminFailpoints } = (await import(join(hosting, 'admin/step.js'))) as {
  adminFailpoints: readonly string[];
};
const { default: migrations } = await import(join(hosting, 'migrations.js'));
const child = join(import.meta.dirname, 'knocking-host.js');
const serverKey = '7'.repeat(64);

describe('a host that carries out a knock, with the real root agent and firewall', function () {
  this.timeout(120_000);
  let host: AgentHost;
  let script: KnockScript;
  let opened: () => Promise<PortRule[]>;

  beforeEach(async () => {
    host = await AgentHost.create();
    opened = await host.watchFirewall();
    await host.start();
    const config = createHostConfig({ paths: host.paths });
    const administrator = new FakeChain().customer(1).key;
    await config.write(BLOCKHOST_YAML, {
      admin: { wallet_address: administrator.address, max_command_age: 3_600 },
    });
    await config.write(ADMIN_COMMANDS_JSON, {
      commands: {
        'open-sesame': { action: 'knock', params: { allowed_ports: [22], default_duration: 600 } },
      },
    });
    await config.write(SERVER_KEY, serverKey);
    await mkdir(host.paths.state, { recursive: true });
    const began = Date.now();
    const data = sealFakeOrder(encodeHex(publicKeyOf(parsePrivateKey(serverKey))), {
      command: 'open-sesame',
      nonce: 'nonce-of-this-case',
      timestamp: Math.floor(began / 1_000),
    });
    script = { to: administrator.address, data, began, speed: 60, stays: 0 };
    await writeScript();
  });
  afterEach(() => host.remove());

  const writeScript = (changes: Partial<KnockScript> = {}) =>
    writeFile(join(host.paths.root, 'script.json'), JSON.stringify({ ...script, ...changes }));
  const run = (env: NodeJS.ProcessEnv = {}) => host.spawn([process.execPath, child], env);
  const runToRest = async () => {
    const process = run();
    await process.line(/^at rest$/);
    expect(await process.ended).to.include({ code: 0 });
  };
  const begun = async (isWanted: (source: unknown) => boolean) =>
    (await host.audit()).filter(
      ({ event, action, params }) =>
        event === 'begin' && action === 'iptables-open' && isWanted((params as { source?: unknown }).source),
    ).length;
  const orders = async () => {
    const database = await openDatabase({
      paths: resolvePaths({ BLOCKHOST_ROOT: host.paths.root }),
      migrations: [{ plugin: 'hosting', ...migrations }],
    });
    const found = await database('admin_orders').select('state', 'reason');
    await database.destroy();
    return found;
  };

  it('opens the port to everybody, then to who logged in, then to nobody', async () => {
    await runToRest();
    expect(await host.knocks()).to.deep.equal([]);
    expect(await begun((source) => source === undefined)).to.equal(1);
    expect(await begun((source) => source === '192.0.2.7')).to.be.at.least(1);
    expect(new Set((await opened()).map(({ source }) => source))).to.deep.equal(
      new Set([undefined, '192.0.2.7']),
    );
    await checkPrivileges(host, await opened());
    expect((await orders())[0]).to.include({ state: 'done' });
  });

  for (const failpoint of adminFailpoints)
    it(`and is killed with SIGKILL at ${failpoint}: closes every port, and opens it to everybody once at most`, async () => {
      // Reached only while somebody stays for longer.
      if (failpoint.includes('renew')) await writeScript({ speed: 400, stays: 1_200_000 });
      const killed = run({ BLOCKHOST_FAILPOINT: failpoint });
      expect(await killed.ended, killed.lines.join('\n')).to.include({ signal: 'SIGKILL' });
      if (failpoint.includes('renew')) await writeScript({ speed: 400 });
      await checkPrivileges(host, await opened());
      await runToRest();
      await checkPrivileges(host, await opened());
      expect(await host.knocks()).to.deep.equal([]);
      expect(await begun((source) => source === undefined)).to.be.at.most(1);
      const [order, ...more] = await orders();
      expect(order?.state).to.be.oneOf(['done', 'failed']);
      expect(more).to.deep.equal([]);
    });
});
