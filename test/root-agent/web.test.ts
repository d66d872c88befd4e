import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { isRunning, until } from '../kernel/daemon/until.js';
import { AgentHost } from './agent-host.js';

const repository = join(import.meta.dirname, '../../..');

const HTTPS = {
  hostname: 'host.example',
  tls_mode: 'self-signed',
  cert_file: '/etc/blockhost/ssl/cert.pem',
  key_file: '/etc/blockhost/ssl/key.pem',
};

/** Stands for the admin panel: tells what reached it. */
const PANEL = `require('http').createServer((request, response) => {
  const { host, 'x-real-ip': ip, 'x-forwarded-for': by, 'x-forwarded-proto': proto } = request.headers;
  response.end(JSON.stringify({ url: request.url, host, ip, by, proto }));
}).listen(8443, '127.0.0.1', () => console.error('panel listens'));`;

describe('the site that the root agent gives nginx', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;
  let client: PrivilegedActions;

  const at = (path: string) => host.paths.resolve(path);
  const move = (path_prefix: string) => client.call('admin-path-update', { path_prefix });
  const renew = () => client.call('cert-renew', {});
  const refusal = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
    promise.then(
      () => expect.fail('it was not refused'),
      (error) => error,
    );
  const prefix = async () =>
    (await host.json('/etc/blockhost/admin.json').catch(() => null))?.path_prefix ?? null;
  const site = () => host.read('/etc/nginx/sites-enabled/blockhost').catch(() => null);
  const restarts = async () => (await host.read('/restarts').catch(() => '')).split('\n').length - 1;
  const certificate = async () => new X509Certificate(await host.read(HTTPS.cert_file));
  const journal = () => readdir(at('/var/lib/blockhost-root-agent')).catch(() => []);

  async function start(): Promise<void> {
    host = await AgentHost.create();
    const root = host.host.root;
    await mkdir(at('/etc/nginx'), { recursive: true });
    await mkdir(at('/var/www/blockhost'), { recursive: true });
    await writeFile(at('/var/www/blockhost/signup.html'), 'sign up here');
    await host.put(
      '/etc/nginx/nginx.conf',
      `user root; pid ${root}/nginx.pid; error_log ${root}/error.log; events {}
       http { access_log off; include ${root}/etc/nginx/sites-enabled/*; }`,
    );
    await host.put('/etc/blockhost/https.json', HTTPS);
    await host.run('ip', 'link', 'set', 'lo', 'up');
    await host.putProgram('systemd-run', `echo "$*" >> ${at('/restarts')}`);
    agent = await host.start();
    client = await host.client();
  }
  async function end(): Promise<void> {
    // Not by itself: it first wants settings without mistakes.
    const pid = Number(await host.read('/nginx.pid').catch(() => 0));
    if (pid > 0) process.kill(pid, 'SIGTERM');
    await until(() => pid === 0 || !isRunning(pid));
    await host.remove();
  }

  async function serve(): Promise<void> {
    await host.run('nginx', '-c', at('/etc/nginx/nginx.conf'));
    await host.spawn([process.execPath, '-e', PANEL]).line(/panel listens/);
  }

  /** What curl(1) gets: status, headers and body. */
  async function get(
    url: string,
    ...options: string[]
  ): Promise<{ status: number; head: string; body: string }> {
    const resolve = ['--resolve', 'host.example:443:127.0.0.1', '--resolve', 'host.example:80:127.0.0.1'];
    const text = await host.run('curl', '-sk', '-i', '--http1.1', ...resolve, ...options, url);
    const [head = '', ...body] = text.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body: body.join('\r\n\r\n') };
  }
  const panelAt = (path: string) =>
    get(`https://host.example${path}/`).then(
      ({ body }) => body.includes('"url":"/"'),
      () => false,
    );
  /** A worker of before may still take a connection while nginx changes over. */
  async function moves(from: string, to: string): Promise<void> {
    while (!(await panelAt(to)) || (await panelAt(from)));
  }

  describe('asked for in a wrong way', () => {
    before(start);
    after(end);

    for (const path of [
      '',
      '/',
      '/a',
      'admin',
      '/admin/',
      '/a//b',
      '/-a',
      '/Admin',
      '/a b',
      '/a;',
      '/a\n',
      '/../a',
      '/.well-known',
      `/${'a'.repeat(65)}`,
    ])
      it(`has no panel at ${JSON.stringify(path)}`, async () => {
        expect(await refusal(move(path))).to.have.property('code', 'root-agent.invalid-params');
        expect(await site()).to.equal(null);
      });
  });

  describe('of a host', () => {
    beforeEach(start);
    afterEach(end);

    it('is taken up, and shows signup page and panel, each to whom it is for', async () => {
      await renew();
      await move('/panel/room-7');
      await serve();
      const page = await get('https://host.example/');
      expect(page).to.include({ status: 200, body: 'sign up here' });
      expect(page.head)
        .to.match(/X-Content-Type-Options: nosniff/i)
        .and.match(/frame-ancestors 'none'/);
      expect(page.head)
        .to.match(/X-Frame-Options: DENY/i)
        .and.match(/Referrer-Policy: strict-origin/i);
      expect(page.head).not.to.match(/Strict-Transport-Security/i);
      expect(page.head).not.to.match(/nginx\/\d/);
      for (const path of ['/anything', '/panel/room-7x', '/panel', '/admin/'])
        expect((await get(`https://host.example${path}`)).body).to.equal('sign up here');
      expect(await get('https://host.example/', '-X', 'POST')).to.include({ status: 403 });

      const bare = await get('https://host.example/panel/room-7');
      expect(bare.head)
        .to.match(/^HTTP\/1.1 301/)
        .and.match(/Location: https:\/\/host.example\/panel\/room-7\/(\r|$)/);
      const forged = ['-H', 'X-Real-IP: 1.2.3.4', '-H', 'X-Forwarded-For: 1.2.3.4'];
      const { body } = await get('https://host.example/panel/room-7/api/vms?all=1', ...forged);
      expect(JSON.parse(body)).to.deep.equal({
        url: '/api/vms?all=1',
        host: 'host.example',
        ip: '127.0.0.1',
        by: '127.0.0.1',
        proto: 'https',
      });
      const large = ['--data-binary', 'x'.repeat(66_000)];
      expect(await get('https://host.example/panel/room-7/api/vms', ...large)).to.include({ status: 413 });
      const logins = [];
      for (let at = 0; at < 8; at++)
        logins.push((await get('https://host.example/panel/room-7/api/auth/verify', '-d', 'x')).status);
      expect(logins[0]).to.equal(200);
      expect(logins.at(-1)).to.equal(429);

      expect((await get('http://host.example/a?b')).head).to.match(
        /301.*Location: https:\/\/host.example\/a\?b(\r|$)/s,
      );
      await mkdir(at('/var/www/certbot/.well-known/acme-challenge'), { recursive: true });
      await writeFile(at('/var/www/certbot/.well-known/acme-challenge/token'), 'challenge');
      expect((await get('http://host.example/.well-known/acme-challenge/token')).body).to.equal('challenge');
      for (const url of ['http://127.0.0.1/', 'https://127.0.0.1/', 'http://[::1]/'])
        expect(await get(url).catch(() => 'no answer')).to.equal('no answer');
      expect(await get('https://host.example/', '--tls-max', '1.1').catch(() => 'no answer')).to.equal(
        'no answer',
      );
    });

    it('moves the panel of a running host, and has the panel itself restart later', async () => {
      await host.put('/etc/blockhost/admin.json', { path_prefix: '/admin', note: 1 });
      await renew();
      await move('/admin');
      await serve();
      expect(await panelAt('/admin')).to.equal(true);
      await move('/other');
      await moves('/admin', '/other');
      expect(await host.json('/etc/blockhost/admin.json')).to.deep.equal({ path_prefix: '/other', note: 1 });
      expect(await host.read('/restarts')).to.contain(
        '--on-active=3s -- systemctl restart blockhost-admin.service',
      );
      expect(await journal()).to.deep.equal([]);
    });

    for (const [what, https] of [
      ['of a host whose set-up has not come that far', null],
      ['of a host without a certificate', { hostname: 'host.example', tls_mode: 'self-signed' }],
      ['whose name is none', { ...HTTPS, hostname: 'a; return 200 x' }],
      ['whose certificate is no path', { ...HTTPS, cert_file: '/etc/blockhost/ssl/a; include /etc/shadow' }],
    ] as const)
      it(`is not made ${what}`, async () => {
        if (https) await host.put('/etc/blockhost/https.json', https);
        else await rm(at('/etc/blockhost/https.json'));
        const { code } = await refusal(move('/panel'));
        expect(code).to.match(/^root-agent\.(denied|failed)$/);
        expect(await site()).to.equal(null);
        expect(await prefix()).to.equal(null);
      });

    it('needs no certificate on an onion service, where it listens to this machine only', async () => {
      await host.put('/etc/blockhost/https.json', { hostname: 'abc.onion', tls_mode: 'onion' });
      await move('/panel');
      await serve();
      const { body } = await get('http://abc.onion/panel/', '--resolve', 'abc.onion:80:127.0.0.1');
      expect(JSON.parse(body)).to.include({ url: '/', proto: 'http' });
      const listening = (await host.run('ss', '-Hltn')).trimEnd().split('\n');
      for (const line of listening) expect(line.split(/\s+/)[3]).to.match(/^127\.0\.0\.1:/);
    });

    describe('when something fails', () => {
      beforeEach(async () => {
        await host.put('/etc/blockhost/admin.json', { path_prefix: '/admin' });
        await renew();
        await move('/admin');
        await serve();
        await rm(at('/restarts'));
      });

      const unchanged = async (before: string | null) => {
        expect(await site()).to.equal(before);
        expect(await prefix()).to.equal('/admin');
        await moves('/other', '/admin');
        expect(await restarts()).to.equal(0);
        expect(await journal()).to.deep.equal([]);
      };

      it('is as before when nginx does not accept it, and nginx says why', async () => {
        const before = await site();
        await host.put('/etc/nginx/sites-enabled/default', 'server { listen 80 default_server; }');
        const error = await refusal(move('/other'));
        expect(String(error)).to.contain('duplicate default server');
        await unchanged(before);
      });

      it('is as before when nginx cannot be reloaded', async () => {
        const before = await site();
        const script =
          'case "$*" in *reload*) echo "nginx: [error] it is odd" >&2; exit 1;; esac; exec /usr/sbin/nginx "$@"';
        await host.putProgram('nginx', script);
        expect(String(await refusal(move('/other')))).to.contain('it is odd');
        await unchanged(before);
      });

      it('is as before when nobody can restart the panel', async () => {
        const before = await site();
        await host.putProgram('systemd-run', 'echo "Failed to connect to bus" >&2; exit 1');
        expect(String(await refusal(move('/other')))).to.contain('Failed to connect to bus');
        await unchanged(before);
      });

      it('is moved by the next call when two come at once', async () => {
        await Promise.all([move('/one'), move('/two')]);
        const last = String(await prefix());
        await moves('/admin', last);
        expect(await site()).to.contain(`location ${last}/ {`);
      });

      for (const step of ['journal', 'site', 'test', 'admin', 'reload', 'restart', 'done'])
        for (const place of ['before', 'after'])
          it(`is whole after a kill ${place} the step ${step} and a new start`, async () => {
            agent.kill('SIGTERM');
            await agent.ended;
            agent = await host.start({ BLOCKHOST_FAILPOINT: `admin-path-update.${step}:${place}` });
            expect(await refusal(move('/other'))).to.have.property('code', 'root-agent.unanswered');
            expect(await agent.ended).to.include({ signal: 'SIGKILL' });
            await host.start();
            const isNew =
              !['journal', 'site', 'test'].includes(step) && !(step === 'admin' && place === 'before');
            const path = isNew ? '/other' : '/admin';
            expect(await prefix()).to.equal(path);
            expect(await site()).to.contain(`location ${path}/ {`);
            await moves(isNew ? '/admin' : '/other', path);
            expect(await restarts()).to.be.greaterThanOrEqual(isNew ? 1 : 0);
            expect(await journal()).to.deep.equal([]);
            await move('/third');
            await moves(path, '/third');
          });

      for (const step of ['site', 'reload', 'restart', 'done'])
        for (const place of ['before', 'after'])
          it(`is whole when the new start is killed as well, ${place} the step ${step}`, async () => {
            agent.kill('SIGTERM');
            await agent.ended;
            agent = await host.start({ BLOCKHOST_FAILPOINT: 'admin-path-update.admin:after' });
            await refusal(move('/other'));
            await agent.ended;
            const again = host.spawn([join(repository, 'bin/blockhost'), 'daemon', 'root-agent'], {
              BLOCKHOST_FAILPOINT: `admin-path-finish.${step}:${place}`,
            });
            expect(await again.ended).to.include({ signal: 'SIGKILL' });
            await host.start();
            await moves('/admin', '/other');
            expect(await prefix()).to.equal('/other');
            expect(await restarts()).to.be.greaterThanOrEqual(1);
            expect(await journal()).to.deep.equal([]);
          });
    });

    describe('by its certificate', () => {
      it('has one for its name and 825 days, and a key that only root may read', async () => {
        const { renewed, cert_not_after } = await renew();
        expect(renewed).to.equal(true);
        const made = await certificate();
        expect(made.checkHost('host.example')).to.equal('host.example');
        expect(made.publicKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
        const days = (Date.parse(made.validTo) - Date.parse(made.validFrom)) / 86_400_000;
        expect(days).to.be.closeTo(825, 1);
        for (const file of [HTTPS.key_file, HTTPS.cert_file])
          expect((await stat(at(file))).mode & 0o777).to.equal(0o600);
        expect((await stat(at('/etc/blockhost/ssl'))).mode & 0o777).to.equal(0o700);
        expect(await host.json('/etc/blockhost/https.json')).to.deep.equal({ ...HTTPS, cert_not_after });
      });

      it('keeps one that is good for longer than a month', async () => {
        await renew();
        const before = await host.read(HTTPS.cert_file);
        expect(await renew()).to.include({ renewed: false });
        expect(await host.read(HTTPS.cert_file)).to.equal(before);
      });

      const request = (days: string, name: string) =>
        host.run(
          ...([
            'openssl',
            'req',
            '-x509',
            '-key',
            at(HTTPS.key_file),
            '-days',
            days,
            '-subj',
            '/CN=x',
            '-addext',
          ] as const),
          `subjectAltName=DNS:${name}`,
          '-out',
          at(HTTPS.cert_file),
        );
      for (const [what, spoil] of [
        ['ends within a month', () => request('20', 'host.example')],
        ['is for another name', () => request('800', 'other.example')],
        ['is none', () => writeFile(at(HTTPS.cert_file), 'nonsense')],
        ['is not there', () => rm(at(HTTPS.cert_file))],
      ] as const)
        it(`gets a new one for the same key when it ${what}`, async () => {
          await renew();
          const key = await readFile(at(HTTPS.key_file), 'utf8');
          await spoil();
          expect(await renew()).to.include({ renewed: true });
          expect((await certificate()).checkHost('host.example')).to.equal('host.example');
          expect(await readFile(at(HTTPS.key_file), 'utf8')).to.equal(key);
        });

      it('keeps the old one when nginx does not accept its settings', async () => {
        await renew();
        await request('20', 'host.example');
        const before = await host.read(HTTPS.cert_file);
        await host.put('/etc/nginx/nginx.conf', 'nonsense');
        expect(await refusal(renew())).to.have.property('code', 'root-agent.failed');
        expect(await host.read(HTTPS.cert_file)).to.equal(before);
      });

      for (const [what, https] of [
        ['is of a public authority', { ...HTTPS, tls_mode: 'letsencrypt' }],
        ['is needed by nobody', { hostname: 'abc.onion', tls_mode: 'onion' }],
        ['lies elsewhere', { ...HTTPS, cert_file: '/etc/passwd' }],
        ['lies elsewhere by way of its folder', { ...HTTPS, cert_file: '/etc/blockhost/ssl/../../passwd' }],
      ] as const)
        it(`is not given another when it ${what}`, async () => {
          await host.put('/etc/blockhost/https.json', https);
          expect(await refusal(renew())).to.have.property('code', 'root-agent.denied');
          expect(await readdir(at('/etc/blockhost'))).not.to.include('ssl');
        });

      for (const step of ['key', 'certificate', 'test', 'https', 'reload'])
        for (const place of ['before', 'after'])
          it(`has a whole one after a kill ${place} the step ${step} and another call`, async () => {
            agent.kill('SIGTERM');
            await agent.ended;
            agent = await host.start({ BLOCKHOST_FAILPOINT: `cert-renew.${step}:${place}` });
            expect(await refusal(renew())).to.have.property('code', 'root-agent.unanswered');
            await agent.ended;
            await host.start();
            const { cert_not_after } = await renew();
            expect(await host.json('/etc/blockhost/https.json')).to.include({ cert_not_after });
            expect(new Date((await certificate()).validTo).toISOString()).to.equal(cert_not_after);
            await move('/panel');
          });
    });
  });
});
