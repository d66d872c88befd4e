import type { Socket } from 'node:net';
import { sentenceOf } from '@blockhost/kernel';
import { type Answer, answerText, failure } from './answer.js';
import { encodeFrame, FrameReader } from './frame.js';
import { LIMITS } from './limits.js';
import { type Peer, peerOf } from './peer.js';
import { parseRequest, type Request } from './request.js';

/** Answers a request; asks who made it if that matters. */
export type Answerer = (request: Request, peer: () => Promise<Peer | null>) => Promise<Answer>;

/** One caller: reads its one request, answers it, closes. Whatever the peer does, it ends within its time limits. */
export class Connection {
  readonly #reader = new FrameReader(LIMITS.frame);
  readonly #deadline: NodeJS.Timeout;
  /** True until its request is complete: such a caller may be asked to leave. */
  waiting = true;

  constructor(
    private readonly socket: Socket,
    private readonly answer: Answerer,
  ) {
    this.#deadline = setTimeout(
      () =>
        this.refuse(failure('invalid_params', `No complete request came within ${LIMITS.readMs / 1_000} s.`)),
      LIMITS.readMs,
    );
    // A peer that went away is no error of ours: what it asked for goes on.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#stopReading());
    socket.once('end', () => {
      // Half a request, and nothing more to come.
      if (this.waiting) socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** Answers without having read the request, which is read and thrown away: closing before would break the answer. */
  refuse(answer: Answer): void {
    this.#stopReading();
    this.socket.resume();
    this.#send(answer);
  }

  #stopReading(): void {
    this.waiting = false;
    clearTimeout(this.#deadline);
    this.socket.removeAllListeners('data');
  }

  #take(chunk: Buffer): void {
    const state = this.#reader.push(chunk);
    switch (state.kind) {
      case 'partial':
        return;
      case 'too-large':
        this.#stopReading();
        this.socket.pause();
        this.#send(failure('too_large', `A request has at most ${LIMITS.frame} bytes.`));
        return;
      case 'excess':
        this.refuse(failure('invalid_params', 'There are bytes behind the end of the request.'));
        return;
      case 'complete':
        this.#stopReading();
        // What follows is not read, but the end of the connection is noticed.
        this.socket.resume();
        void this.#serve(state.body);
    }
  }

  async #serve(body: Buffer): Promise<void> {
    let request: Request;
    try {
      if (body.length === 0) throw new Error('It is empty.');
      request = parseRequest(body);
    } catch (error) {
      this.#send(failure('invalid_params', `This is no request. ${sentenceOf(error)}`));
      return;
    }
    this.#send(await this.answer(request, () => peerOf(this.socket)));
  }

  #send(answer: Answer): void {
    if (this.socket.destroyed) return;
    // A peer that does not take the answer, and one that took it and stays: closing at once could lose the answer.
    this.socket.setTimeout(LIMITS.writeMs, () => this.socket.destroy());
    this.socket.end(encodeFrame(answerText(answer)), () => {
      const leave = setTimeout(() => this.socket.destroy(), LIMITS.lingerMs);
      this.socket.once('close', () => clearTimeout(leave));
    });
  }
}
