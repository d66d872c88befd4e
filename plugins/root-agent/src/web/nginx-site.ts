import { BlockhostError } from '@blockhost/kernel';

/** What of a host shows in its site. */
export interface Site {
  readonly hostname: string;
  /** Files of the certificate; null where nginx is reached through another program that encrypts (onion). */
  readonly tls: { readonly certificate: string; readonly key: string; readonly isPublic: boolean } | null;
  /** Where the admin panel is, `/admin`. */
  readonly adminPrefix: string;
  /** Folder of the signup page, and of the answers to challenges of a certificate authority. */
  readonly root: string;
  readonly challenges: string;
  /** Origin that the signup page asks about the chain; null for none. */
  readonly rpcOrigin: string | null;
}

/** Nothing of it means anything to nginx. */
const WORD = /^[A-Za-z0-9_./:[\]-]+$/;

/** The admin panel (specification host.md 7.1). */
const ADMIN = 'http://127.0.0.1:8443';

/** The one site of a host as nginx reads it (specification host.md 6.2). Throws `nginx.unusable-value`. */
export function nginxSite(site: Site): string {
  const { hostname, tls, adminPrefix, root, challenges, rpcOrigin } = site;
  const words = [hostname, tls?.certificate, tls?.key, adminPrefix, root, challenges, rpcOrigin];
  const wrong = words.find((word) => typeof word === 'string' && !WORD.test(word));
  if (wrong !== undefined)
    throw new BlockhostError(
      'nginx.unusable-value',
      `${JSON.stringify(wrong)} cannot stand in the site of nginx.`,
      {
        remedy: 'Correct https.json.',
      },
    );
  const listen = (port: number, words: string) =>
    tls === null
      ? `    listen 127.0.0.1:${port}${words};`
      : `    listen ${port}${words};\n    listen [::]:${port}${words};`;
  const origin = `${tls === null ? 'http' : 'https'}://${hostname}`;
  const pages = `    server_name ${hostname};
    server_tokens off;
    client_max_body_size 64k;
    limit_req_status 429;
    root ${root};
    index signup.html;

${locations(site, origin)}
`;
  const zones = `# Written by BlockHost as a whole: what is changed here is lost.
limit_req_zone $binary_remote_addr zone=blockhost_login:1m rate=5r/m;
limit_req_zone $binary_remote_addr zone=blockhost_admin:1m rate=10r/s;
limit_req_zone $binary_remote_addr zone=blockhost_site:10m rate=20r/s;

# Whoever asks for another name gets no answer.
server {
${listen(80, ' default_server')}
    server_name _;
    return 444;
}
`;
  if (tls === null) return `${zones}\nserver {\n${listen(80, '')}\n${pages}}\n`;
  return `${zones}
server {
${listen(443, ' ssl default_server')}
    server_name _;
    ssl_reject_handshake on;
}

server {
${listen(80, '')}
    server_name ${hostname};
    server_tokens off;
    location /.well-known/acme-challenge/ {
        root ${challenges};
    }
    location / {
        return 301 ${origin}$request_uri;
    }
}

server {
${listen(443, ' ssl http2')}
    ssl_certificate ${tls.certificate};
    ssl_certificate_key ${tls.key};
    ssl_protocols TLSv1.2 TLSv1.3;
${pages}}
`;
}

function locations({ tls, adminPrefix: prefix, rpcOrigin }: Site, origin: string): string {
  // A place with a header of its own inherits none.
  const headers = [
    ...(tls?.isPublic ? ['Strict-Transport-Security "max-age=31536000"'] : []),
    'X-Content-Type-Options nosniff',
    'X-Frame-Options DENY',
    'Referrer-Policy strict-origin',
  ];
  // The page is one file: its script and style are in it.
  const own = "'self' 'unsafe-inline'";
  const policy = [
    "default-src 'self'",
    `script-src ${own}`,
    `style-src ${own}`,
    `connect-src 'self'${rpcOrigin === null ? '' : ` ${rpcOrigin}`}`,
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
  ];
  const page = [...headers, `Content-Security-Policy "${policy.join('; ')}"`];
  return [
    location(`= ${prefix}`, [`return 301 ${origin}${prefix}/;`]),
    ...['/login', '/api/auth/verify'].map((path) =>
      location(`= ${prefix}${path}`, [
        'limit_req zone=blockhost_login burst=5 nodelay;',
        ...proxied(path, headers),
      ]),
    ),
    ...['/api/', '/'].map((path) =>
      location(`${prefix}${path}`, [
        'limit_req zone=blockhost_admin burst=40 nodelay;',
        ...proxied(path, headers),
      ]),
    ),
    location('/', [
      'limit_except GET { deny all; }',
      'limit_req zone=blockhost_site burst=40 nodelay;',
      ...page.map(always),
      'try_files $uri /signup.html;',
    ]),
  ].join('\n');
}

function location(path: string, lines: readonly string[]): string {
  return `    location ${path} {\n${lines.map((line) => `        ${line}`).join('\n')}\n    }`;
}

function proxied(path: string, headers: readonly string[]): string[] {
  return [
    `proxy_pass ${ADMIN}${path};`,
    'proxy_set_header Host $host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    // Overwritten, not appended: who asks cannot say who he is.
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    ...['connect', 'send', 'read'].map((what) => `proxy_${what}_timeout 75s;`),
    ...headers.map(always),
  ];
}

const always = (header: string) => `add_header ${header} always;`;
