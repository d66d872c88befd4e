import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import type { LibvirtHost } from './libvirt-host.js';

const PORT = 3142;

/**
 * A proxy for apt: the root agent of these tests is in a network of its own, without a way out. It is told of it as an
 * administrator would tell this host, in apt's own settings.
 */
export class ArchiveProxy {
  private constructor(private readonly server: Server) {}

  static async start({ host, libvirt }: LibvirtHost): Promise<ArchiveProxy> {
    const socket = join(host.root, 'archive.socket');
    const server = createServer((asked, response) => {
      const { method, headers } = asked;
      const upstream = request(asked.url ?? '', { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on('error', () => response.writeHead(502).end());
      response.on('close', () => upstream.destroy());
      upstream.end();
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const relay = join(import.meta.dirname, 'tcp-to-socket.js');
    await libvirt.start(process.execPath, relay, String(PORT), socket).line(/^ready$/);
    const settings = join(host.root, 'apt.conf.d');
    await mkdir(settings);
    await writeFile(join(settings, '00proxy'), `Acquire::http::Proxy "http://127.0.0.1:${PORT}";\n`);
    await libvirt.run('mount', '--bind', settings, '/etc/apt/apt.conf.d');
    return new ArchiveProxy(server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
