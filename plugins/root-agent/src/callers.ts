import type { Socket } from 'node:net';
import { failure } from './answer.js';
import { type Answerer, Connection } from './connection.js';
import { LIMITS } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/**
 * The connections of the agent, bounded in number and rate. When all places are taken, the caller that has waited longest
 * without completing its request leaves: idle peers, however many, keep nobody out who knows what to ask.
 */
export class Callers {
  readonly #connections = new Set<Connection>();
  readonly #bucket = new TokenBucket(LIMITS.rate, LIMITS.rate);
  #isClosed = false;

  constructor(private readonly answer: Answerer) {}

  get count(): number {
    return this.#connections.size;
  }

  admit(socket: Socket): void {
    const connection = new Connection(socket, this.answer);
    socket.once('close', () => this.#connections.delete(connection));
    if (this.#isClosed) connection.refuse(failure('busy', 'The root agent is stopping.'));
    else if (!this.#bucket.take()) connection.refuse(failure('busy', 'Too many calls came at once.'));
    else if (!this.#makeRoom())
      connection.refuse(failure('busy', 'Too many callers wait for their answers.'));
    else this.#connections.add(connection);
  }

  /** From now on nobody is served; who has not completed a request is sent away. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections)
      if (connection.waiting) connection.refuse(failure('busy', 'The root agent is stopping.'));
  }

  #makeRoom(): boolean {
    if (this.#connections.size < LIMITS.connections) return true;
    for (const connection of this.#connections) {
      if (!connection.waiting) continue;
      this.#connections.delete(connection);
      connection.refuse(failure('busy', 'Others waited to be served: send the request at once.'));
      return true;
    }
    return false;
  }
}
