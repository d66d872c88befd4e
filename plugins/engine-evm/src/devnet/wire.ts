import { connect, createServer, type Socket } from 'node:net';

/** The cable to the node: while it is cut, every connection breaks. */
export class Wire {
  readonly #sockets = new Set<Socket>();
  readonly #server;
  #cut = false;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      if (this.#cut) return near.destroy();
      const far = connect(Number(target.port), target.hostname);
      for (const [socket, peer] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.once('close', () => {
          this.#sockets.delete(socket);
          peer.destroy();
        });
        socket.on('error', () => socket.destroy());
        socket.pipe(peer);
      }
      return near;
    });
  }

  static async to(target: URL): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  set cut(cut: boolean) {
    this.#cut = cut;
    if (cut) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut = true;
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
