import { join } from 'node:path';
import { createExec, type ExecResult, type Hex } from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { ADMIN_COMMANDS_JSON, BLOCKHOST_YAML, SERVER_KEY } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';

const SECRET_NAME = 'open-sesame';

describe('the administrator of a whole host', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  let serverPublicKey: Hex;
  const wallet = () => host.chain.customer(1).key;

  before(async () => {
    host = await MemoryHost.create();
    const present = await host.config.read(BLOCKHOST_YAML);
    await host.config.write(BLOCKHOST_YAML, { ...present, admin: { wallet_address: wallet().address } });
    await host.config.write(ADMIN_COMMANDS_JSON, {
      commands: { [SECRET_NAME]: { action: 'knock', params: { allowed_ports: [22, 8006] } } },
    });
    serverPublicKey = encodeHex(publicKeyOf(parsePrivateKey(await host.config.read(SERVER_KEY))));
    await host.startMonitor();
    await until('the blocks to be watched', 10_000, async () => {
      const cursor = await host.database('chain_cursors').first('watched');
      return cursor?.watched ?? null;
    });
  });
  after(() => host.dispose());

  const run = (words: readonly string[], input?: string): Promise<ExecResult> =>
    createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost'), 'admin', ...words], {
      cwd: host.root.root,
      timeoutMs: 30_000,
      env: { BLOCKHOST_ROOT: host.root.root },
      ...(input === undefined ? {} : { input }),
    });
  const json = async (...words: string[]) => JSON.parse((await run([...words, '--json'])).stdout);
  const orders = (count: number) =>
    until(`${count} orders`, 10_000, async () => {
      const found = await json('log');
      const isOver = found.every(({ state }: { state: string }) => !/accepted|executing/.test(state));
      return found.length === count && isOver ? found : null;
    });

  it('is told how commands work here, without their names', async () => {
    expect(await json('status')).to.deep.include({
      on: true,
      mode: 'self',
      administrator: wallet().address,
      destination: 'self',
      maxCommandAgeSeconds: 300,
      commands: 1,
      openKnocks: 0,
      lastOrder: null,
      problems: ['There is no root agent to open ports.'],
    });
    const { code, stdout } = await run(['status']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^commands +on$/m)
      .and.not.contain(SECRET_NAME);
  });

  it('orders by the transaction that `admin encode` makes; the monitor takes it, and says why it failed', async () => {
    const encoded = await run(['encode', '-', '--port', '22', '--duration', '60'], `${SECRET_NAME}\n`);
    expect(encoded.code, encoded.stderr).to.equal(0);
    const [, to = '', data = ''] = /^to +(\S+)\ndata +(0x[0-9a-f]+)\n$/.exec(encoded.stdout) ?? [];
    expect(to).to.equal(wallet().address);
    host.chain.send(wallet(), { do: 'carry', to, data: data as Hex });
    const [order] = await orders(1);
    expect(order).to.include({
      state: 'failed',
      action: 'knock',
      reason: 'There is no root agent to open ports.',
    });
    expect((await run(['log'])).stdout).to.match(/ failed +knock +There is no root agent/);
  });

  it('needs no name where only one command is defined, and is refused what that does not allow', async () => {
    expect(await json('encode')).to.include({ from: wallet().address, validForSeconds: 300 });
    const refused = await run(['encode', '--port', '443']);
    expect(refused).to.include({ code: 1, stdout: '' });
    expect(refused.stderr).to.contain('None of the ports asked for is allowed.');
    const unknown = await run(['encode', '-'], 'shibboleth');
    expect(unknown).to.include({ code: 3, stdout: '' });
    expect(unknown.stderr).to.not.contain('shibboleth');
    expect((await run(['encode', '--port', '70000'])).code).to.equal(2);
  });

  it('sees an unknown command refused, in the monitor’s log as well, without its name', async () => {
    const timestamp = Math.floor(Date.now() / 1_000);
    host.chain.order(wallet(), serverPublicKey, { command: 'shibboleth', nonce: 'a-nonce-1', timestamp });
    expect((await orders(2))[0]).to.include({ state: 'refused', reason: 'This host knows no such command.' });
    expect(JSON.stringify(host.log.records)).to.not.contain('shibboleth');
  });

  it('closes knocks by command, of which there are none', async () => {
    expect(await json('knocks')).to.deep.equal([]);
    expect(await run(['close', '--all'])).to.include({ code: 0, stdout: '' });
    expect(await run(['close', '0011223344556677'])).to.include({ code: 3, stdout: '' });
    expect((await run(['close'])).code).to.equal(2);
    expect((await run(['close', '0011223344556677', '--all'])).code).to.equal(2);
  });
});
