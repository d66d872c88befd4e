import { type HostConfig, type Paths } from '@blockhost/kernel';
import { HTTPS_JSON, type HttpsJson, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { denied } from '../actions/denied.js';
import { nginxSite } from './nginx-site.js';

const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** `https.json`; a host that has none yet has no site. */
export async function httpsOf(config: HostConfig): Promise<HttpsJson> {
  const https = await config.find(HTTPS_JSON);
  if (https === null) throw denied('This host has no https.json: its set-up has not come that far.');
  if (!HOSTNAME.test(https.hostname)) throw denied('The host name in https.json is none.', 'Correct it.');
  return https;
}

/** The site of this host with the admin panel at `adminPrefix`. */
export async function hostSite(
  adminPrefix: string,
  { config, paths }: { readonly config: HostConfig; readonly paths: Paths },
): Promise<string> {
  const { hostname, tls_mode, cert_file, key_file } = await httpsOf(config);
  const { blockchain } = (await config.find(WEB3_DEFAULTS_YAML)) ?? {};
  return nginxSite({
    hostname,
    tls: tls_mode === 'onion' ? null : tlsOf(cert_file, key_file, tls_mode === 'letsencrypt', paths),
    adminPrefix,
    root: paths.resolve('/var/www/blockhost'),
    challenges: paths.resolve('/var/www/certbot'),
    rpcOrigin: originOf(blockchain?.rpc_url),
  });
}

function tlsOf(certificate: string | undefined, key: string | undefined, isPublic: boolean, paths: Paths) {
  if (!certificate || !key) throw denied('https.json names no certificate.', 'Finish the set-up.');
  return { certificate: paths.resolve(certificate), key: paths.resolve(key), isPublic };
}

function originOf(url: unknown): string | null {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.origin : null;
}
