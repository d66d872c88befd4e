import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } };

/** A node in front of a real one, with the faults a test gives it. */
export class FaultyNode {
  /** `refuse` closes every connection, `hang` never answers, `half` stops in the middle of the answer. */
  fault: 'none' | 'refuse' | 'hang' | 'half' = 'none';
  /** An answer in place of the real node's, for the requests it wants. */
  answer: (
    request: RpcRequest,
    ask: (request: RpcRequest) => Promise<Answer>,
  ) => Promise<Answer | undefined> = async () => undefined;
  /** Methods that were asked for. */
  readonly asked: string[] = [];

  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(real: string): Promise<FaultyNode> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const node = new FaultyNode(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const ask = async (request: RpcRequest): Promise<Answer> => {
      const response = await fetch(real, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', ...request }),
      });
      return (await response.json()) as Answer;
    };
    server.on('request', async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      const request: RpcRequest = JSON.parse(body);
      node.asked.push(request.method);
      if (node.fault === 'refuse') return response.destroy();
      if (node.fault === 'hang') return undefined;
      const answer = (await node.answer(request, ask)) ?? (await ask(request));
      const text = JSON.stringify({ jsonrpc: '2.0', ...answer, id: request.id });
      return node.fault === 'half' ? sendHalf(response, text) : response.end(text);
    });
    return node;
  }
}

function sendHalf(response: ServerResponse, text: string): void {
  response.setHeader('content-length', text.length);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}
