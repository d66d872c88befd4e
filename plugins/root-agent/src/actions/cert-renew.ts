import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import {
  actionParameters,
  makeFolder,
  type RootAction,
  type RootActionContext,
  withRun,
  writeFileAtomic,
} from '@blockhost/kernel';
import { HTTPS_JSON, type HttpsJson } from '@blockhost/kernel/host-files';
import { httpsOf } from '../web/host-site.js';
import { WebServer } from '../web/web-server.js';
import { denied } from './denied.js';
import { runProgram } from './run-program.js';

const FOLDER = '/etc/blockhost/ssl/';
/** Specification host.md 5.6, 6.3. */
const DAYS = '825';
const RENEW_BEFORE_MS = 30 * 86_400_000;

/**
 * Makes the host's self-signed certificate anew when it ends within 30 days, is missing or for another name; the key stays,
 * so that one file changes. Then `https.json` says until when, and nginx has it. Of other certificates this knows nothing.
 */
export const certRenew: RootAction = {
  name: 'cert-renew',
  parameters: actionParameters({}),
  timeoutMs: 120_000,
  resource: () => 'nginx',
  async run(_, context) {
    const { config, exec, log, paths } = context;
    const https = await httpsOf(config);
    const files = filesOf(https, context);
    const server = new WebServer(exec, paths);
    return withRun({ name: 'cert-renew', log }, async (run) => {
      const before = await readFile(files.certificate, 'utf8').catch(() => null);
      const isKeyNew = !(await isKey(files.key));
      if (isKeyNew) await run.step('key', () => makeKey(files.key));
      const isDue = isKeyNew || !isGood(before, await readFile(files.key, 'utf8'), https.hostname);
      if (isDue)
        await run.step(
          'certificate',
          () => makeCertificate(https.hostname, files, context),
          () => (before === null ? rm(files.certificate) : writeFileAtomic(files.certificate, before, 0o600)),
        );
      await run.step('test', () => server.test());
      const cert_not_after = endOf(await readFile(files.certificate, 'utf8')).toISOString();
      await run.step('https', () =>
        config.update(HTTPS_JSON, (file) => ({ ...https, ...file, cert_not_after })),
      );
      await run.step('reload', () => server.reload());
      return { renewed: isDue, cert_not_after };
    });
  },
};

function filesOf({ tls_mode, cert_file = '', key_file = '' }: HttpsJson, { paths }: RootActionContext) {
  if (tls_mode === 'onion') throw denied('This host has no certificate: it is reached as an onion service.');
  if (tls_mode === 'letsencrypt')
    throw denied(
      'The certificate of this host is of Let’s Encrypt: certbot renews it.',
      'Run: certbot renew',
    );
  const isOurs = (file: string) => file.startsWith(FOLDER) && !file.includes('..');
  if (!isOurs(cert_file) || !isOurs(key_file) || cert_file === key_file)
    throw denied(`https.json names no certificate and key below ${FOLDER}.`, 'Correct it.');
  return { certificate: paths.resolve(cert_file), key: paths.resolve(key_file) };
}

function isKey(path: string): Promise<boolean> {
  return readFile(path).then(
    (text) => createPrivateKey(text).type === 'private',
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function makeKey(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await makeFolder(dirname(path), 0o700);
  await writeFileAtomic(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
}

/** For this key and name, and far from its end. */
function isGood(text: string | null, key: string, hostname: string): boolean {
  if (text === null) return false;
  try {
    const certificate = new X509Certificate(text);
    const isNamed = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
    const isFar = endOf(text).getTime() - Date.now() > RENEW_BEFORE_MS;
    return isNamed !== undefined && isFar && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // What is no certificate is made anew.
    return false;
  }
}

const endOf = (text: string): Date => new Date(new X509Certificate(text).validTo);

async function makeCertificate(
  hostname: string,
  files: ReturnType<typeof filesOf>,
  { exec }: RootActionContext,
): Promise<void> {
  const name = `${isIP(hostname) ? 'IP' : 'DNS'}:${hostname}`;
  const argv = ['openssl', 'req', '-x509', '-sha256', '-days', DAYS, '-key', files.key];
  // A common name has at most 64 letters (RFC 5280, appendix A.1); who looks at names looks at the other.
  const names = ['-subj', `/CN=${hostname.slice(0, 64)}`, '-addext', `subjectAltName=${name}`];
  const text = await runProgram(exec, [...argv, ...names] as [string, ...string[]], 30_000);
  if (!isGood(text, await readFile(files.key, 'utf8'), hostname))
    throw new Error('openssl made another certificate than it was asked for');
  await writeFileAtomic(files.certificate, text, 0o600);
}
