import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasCode } from '@blockhost/kernel';
import { encodeHex, generatePrivateKey, privateKeyText } from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { type EvmChainEngine, evmEngine } from './evm-engine.js';

const CHAIN = 31337;
const someone = `0x${'11'.repeat(20)}` as const;

type Reply = (request: { readonly method: string; readonly id: number }, response: ServerResponse) => void;

const answerWith =
  (answer: object): Reply =>
  ({ method, id }, response) => {
    const right =
      method === 'eth_chainId' ? { result: encodeHex(Uint8Array.of(CHAIN >> 8, CHAIN & 255)) } : answer;
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...right }));
  };

const nodes: Readonly<Record<string, Reply>> = {
  'closes every connection': (_, response) => response.destroy(),
  'never answers': () => {},
  'stops in the middle of an answer': (_, response) => {
    response.setHeader('content-length', 1_000);
    response.write('{"jsonrpc":"2.0","id":1,"res', () => response.destroy());
  },
  'is out of order': (_, response) => response.writeHead(503).end('busy'),
  'answers something else': (_, response) => response.end('<html>'),
  'fails inside': answerWith({ error: { code: -32603, message: 'internal error' } }),
  'reverts without a reason': answerWith({ error: { code: 3, message: 'execution reverted', data: '0x' } }),
  'answers null': answerWith({ result: null }),
  'answers empty data': answerWith({ result: '0x' }),
  // Any bytes may be code: only that answer is not cut off.
  'answers data that are cut off': (request, response) =>
    answerWith({ result: request.method === 'eth_getCode' ? null : `0x${'00'.repeat(31)}` })(
      request,
      response,
    ),
};

const method = { id: 1n, token: someone, decimals: 6, active: true };
const questions: Readonly<Record<string, (engine: EvmChainEngine) => Promise<{ readonly kind: string }>>> = {
  'who owns some credentials': ({ credentials }) => credentials.owners([0n, 1n]),
  'whether there is a contract': ({ accounts }) => accounts.isContract(someone),
  'the payment methods': ({ funds }) => funds.paymentMethods(),
  'what an amount is worth': ({ funds }) => funds.valueInCents(method, 1n),
  'what a transfer costs': ({ funds }) => funds.transferFee(),
  'a quote': ({ swap }) => swap.quote(someone, 1n),
  'what the market is allowed': ({ swap }) => swap.approval(someone, 1n, someone),
  'what coins are worth': ({ swap }) => swap.valueOfNative(1n),
};

describe('an EVM engine whose only node is unfit', () => {
  let server: Server;
  let engine: EvmChainEngine;
  let reply: Reply;

  before(async () => {
    server = createServer(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      reply(JSON.parse(body), response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    engine = evmEngine({
      chainId: CHAIN,
      rpcUrls: [`http://127.0.0.1:${port}`],
      contracts: { credentials: someone, subscriptions: someone, deployHeight: 0 },
      market: { router: someone, weth: `0x${'22'.repeat(20)}`, stablecoin: someone, pair: someone },
      timeoutMs: 100,
    });
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  for (const [fault, faulty] of Object.entries(nodes)) {
    it(`does not know anything when it ${fault}`, async () => {
      reply = faulty;
      const kinds = await Promise.all(
        Object.entries(questions).map(async ([what, ask]) => `${what}: ${(await ask(engine)).kind}`),
      );
      expect(kinds).to.deep.equal(Object.keys(questions).map((what) => `${what}: unknown`));
    });

    it(`reads no orders of the administrator when it ${fault}`, async () => {
      reply = faulty;
      const serverKey = privateKeyText(generatePrivateKey());
      const envelope = { wallet: someone, destination: 'any', serverKey, sharedKey: null } as const;
      for (const [from, to] of [
        [1, 1],
        [1, 90],
      ] as const) {
        const error = await engine.adminCommands.scan(from, to, envelope).catch((thrown: unknown) => thrown);
        expect(hasCode(error, 'chain.unreachable'), String(error)).to.equal(true);
      }
    });
  }
});
