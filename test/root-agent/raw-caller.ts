import { createConnection, type Socket } from 'node:net';

/** What a peer that keeps to nothing saw of the agent. */
export interface Seen {
  /** The answer of a whole frame; null when there was none. */
  readonly answer: Record<string, unknown> | null;
}

/** Connects without a word. */
export function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // What the agent does to a bad peer is seen by its end, not by an error.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Sends bytes and waits until the agent closes its side. */
export async function send(path: string, ...chunks: readonly (Uint8Array | string)[]): Promise<Seen> {
  const socket = await connect(path);
  const seen = ending(socket);
  for (const chunk of chunks) socket.write(chunk);
  const end = await seen;
  socket.destroy();
  return end;
}

/** What a connection brings until the agent ends it. */
export function ending(socket: Socket): Promise<Seen> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    const done = () => resolve({ answer: answerOf(Buffer.concat(chunks)) });
    socket.once('end', done);
    socket.once('close', done);
  });
}

/** A frame that says how long it is, true or not. */
export function frame(body: string | Uint8Array, length = Buffer.byteLength(body)): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(length);
  return Buffer.concat([header, Buffer.from(body)]);
}

export const call = (action: unknown, params: unknown): Buffer => frame(JSON.stringify({ action, params }));

function answerOf(bytes: Buffer): Record<string, unknown> | null {
  if (bytes.length < 4 || bytes.length !== 4 + bytes.readUInt32BE()) return null;
  return JSON.parse(bytes.subarray(4).toString()) as Record<string, unknown>;
}
