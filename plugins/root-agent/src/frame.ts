/**
 * Frames of the root agent's socket (specification host.md 2.1): the length of the body as 4 bytes, unsigned, big-endian,
 * then the body, UTF-8 JSON. One goes each way per connection.
 */
export const HEADER_BYTES = 4;

export function encodeFrame(body: string): Buffer {
  const bytes = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  frame.writeUInt32BE(bytes);
  frame.write(body, HEADER_BYTES);
  return frame;
}

/** How far the one frame of a stream has come. `excess`: bytes came behind its end. */
export type FrameState =
  | { readonly kind: 'partial' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'excess' }
  | { readonly kind: 'complete'; readonly body: Buffer };

/** Puts a frame together from the chunks of a stream. What a header claims is believed up to `limit` and reserved nowhere. */
export class FrameReader {
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #expected: number | null = null;

  constructor(private readonly limit: number) {}

  push(chunk: Buffer): FrameState {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#expected === null) {
      if (this.#received < HEADER_BYTES) return { kind: 'partial' };
      this.#expected = this.#joined().readUInt32BE();
      if (this.#expected > this.limit) return { kind: 'too-large', bytes: this.#expected };
    }
    const missing = HEADER_BYTES + this.#expected - this.#received;
    if (missing > 0) return { kind: 'partial' };
    return missing < 0
      ? { kind: 'excess' }
      : { kind: 'complete', body: this.#joined().subarray(HEADER_BYTES) };
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks.splice(0, this.#chunks.length, joined);
    return joined;
  }
}
