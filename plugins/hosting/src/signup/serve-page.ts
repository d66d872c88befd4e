import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

/** Serves one file at `/`, on IPv4 and IPv6, until the signal aborts; answers every other path with 404. */
export async function servePage(
  { file, policy, port }: { readonly file: string; readonly policy: string; readonly port: number },
  signal: AbortSignal,
  onListening: (port: number) => void,
): Promise<void> {
  const server = createServer(async ({ method, url }, response) => {
    const { pathname } = new URL(url ?? '/', 'http://localhost');
    if (pathname !== '/') return response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return response.writeHead(405, { allow: 'GET, HEAD' }).end();
    try {
      const page = await readFile(file);
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': page.length,
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      return response.end(method === 'HEAD' ? undefined : page);
    } catch {
      return response.writeHead(503).end();
    }
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.listen(port, '::');
  await once(server, 'listening');
  const address = server.address();
  onListening(typeof address === 'object' && address ? address.port : port);
  if (!signal.aborted) await once(signal, 'abort');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
