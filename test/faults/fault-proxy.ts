import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

type RpcAnswer = Readonly<Record<string, unknown>>;

/** What a node can do to whoever asks it. */
export const FAULTS = [
  /** The connection ends before the node was asked. */
  'refused',
  /** The node did what was asked; the answer never arrives. */
  'unheard',
  /** The answer stops in the middle. */
  'half',
  /** Too many requests (HTTP 429). */
  'busy',
  /** A proxy's error page in place of JSON. */
  'page',
  /** The node fails inside. */
  'error',
  /** The node does not know yet what it will know soon. */
  'behind',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultPlan {
  /** The same seed makes the same faults: each is drawn from the seed, the method and how often that was asked. */
  readonly seed: number;
  /** How many of a hundred requests go wrong. */
  readonly percent: number;
  /** Requests of one method that may go wrong one after the other; then one gets through. */
  readonly longestRun: number;
}

/** A node between the host and the real one, whose faults come from a seed. */
export class FaultProxy {
  /** `eth_getLogs#3 half`, in the order they happened. */
  readonly made: string[] = [];
  readonly #asked = new Map<string, number>();
  readonly #run = new Map<string, number>();
  #heights: number[] = [];

  private constructor(
    private readonly real: string,
    private readonly plan: FaultPlan,
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(real: string, plan: FaultPlan): Promise<FaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = new FaultProxy(real, plan, `http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    server.on('request', async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      await proxy.#serve(body, response).catch(() => response.destroy());
    });
    return proxy;
  }

  /** A batch is one message: it goes wrong as a whole. */
  async #serve(body: string, response: ServerResponse): Promise<void> {
    const parsed: RpcRequest | readonly RpcRequest[] = JSON.parse(body);
    const requests = [parsed].flat() as RpcRequest[];
    const faults = requests.map((request) => this.#draw(request)).filter((fault) => fault !== null);
    const [fault] = faults;
    if (fault === 'refused') return void response.destroy();
    if (fault === 'busy')
      return void response.writeHead(429, { 'retry-after': '1' }).end('Too many requests');
    if (fault === 'page') return void response.writeHead(200).end('<html>Bad gateway</html>');
    const answers = await Promise.all(
      requests.map(async (request): Promise<RpcAnswer> => {
        if (fault === 'error')
          return { jsonrpc: '2.0', id: request.id, error: { code: -32_603, message: 'internal error' } };
        const answer = await this.#ask(request);
        return fault === 'behind' ? this.#earlier(request, answer) : answer;
      }),
    );
    const text = JSON.stringify(Array.isArray(parsed) ? answers : answers[0]);
    if (fault === 'unheard') return void response.destroy();
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', Buffer.byteLength(text));
    if (fault === 'half') response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text);
  }

  async #ask(request: RpcRequest): Promise<RpcAnswer> {
    const response = await fetch(this.real, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...request }),
    });
    const answer = (await response.json()) as RpcAnswer;
    if (request.method === 'eth_blockNumber') this.#heights.push(Number(answer.result));
    return answer;
  }

  /** What a node that lags answers: an older height, and nothing of what it was asked to look up. */
  #earlier({ method, id }: RpcRequest, answer: RpcAnswer): RpcAnswer {
    if (method === 'eth_blockNumber') {
      const height = Math.max(0, Math.min(...this.#heights.slice(-4)) - 1);
      return { jsonrpc: '2.0', id, result: `0x${height.toString(16)}` };
    }
    const isLookup = /^eth_getTransaction(Receipt|ByHash)$/.test(method);
    return isLookup ? { jsonrpc: '2.0', id, result: null } : answer;
  }

  #draw({ method }: RpcRequest): Fault | null {
    const count = (this.#asked.get(method) ?? 0) + 1;
    this.#asked.set(method, count);
    const draw = createHash('sha256').update(`${this.plan.seed}/${method}/${count}`).digest();
    const run = this.#run.get(method) ?? 0;
    const isWrong = draw.readUInt16BE(0) % 100 < this.plan.percent && run < this.plan.longestRun;
    this.#run.set(method, isWrong ? run + 1 : 0);
    if (!isWrong) return null;
    const fault = FAULTS[draw.readUInt16BE(2) % FAULTS.length] ?? null;
    this.made.push(`${method}#${count} ${fault}`);
    return fault;
  }
}
