import { expect } from 'chai';
import {
  type Abi,
  AbiErrorSignatureNotFoundError,
  type Address,
  BaseError,
  createTestClient,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  http,
  type Log,
  publicActions,
  RpcRequestError,
  walletActions,
} from 'viem';
import type { Artifact } from './artifact.js';

export interface Deployed {
  readonly address: Address;
  readonly abi: Abi;
}

export interface Call {
  readonly from: Address;
  readonly to: Deployed;
  /** A name, or a whole signature where the name is overloaded. */
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A decoded revert; `name` is the bare selector if the ABI does not know it, and empty if there is no data. */
export interface Revert {
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Outcome = { readonly data: Hex } | { readonly revert: Revert };

/** An anvil chain whose blocks have exactly the times they are told. */
export class TestChain {
  readonly #client;

  constructor(url: string) {
    this.#client = createTestClient({
      mode: 'anvil',
      transport: http(url, { timeout: 20_000, retryCount: 0 }),
    })
      .extend(publicActions)
      .extend(walletActions);
  }

  /** Lets several blocks have the same time. Anvil would otherwise add a second to each. */
  async freezeClock(): Promise<void> {
    await this.#client.setBlockTimestampInterval({ interval: 0 });
  }

  /** Mines a block at `time` (Unix seconds), so that reads happen then, too. */
  async setTime(time: bigint): Promise<void> {
    await this.#client.setNextBlockTimestamp({ timestamp: time });
    await this.#client.mine({ blocks: 1 });
  }

  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.#client.snapshot();
    return () => this.#client.revert({ id });
  }

  async deploy(artifact: Artifact, from: Address, args: readonly unknown[]): Promise<Deployed> {
    const data = encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode, args });
    const { status, contractAddress } = await this.#mine(from, null, data);
    if (status !== 'success' || !contractAddress)
      throw new Error(`${artifact.contractName} was not deployed`);
    return { address: contractAddress, abi: artifact.abi };
  }

  /** Runs the call without keeping its effects: the return data, or how it reverted. */
  simulate(call: Call): Promise<Outcome> {
    return this.simulateRaw(call.from, call.to, encode(call));
  }

  /** The same with hand-made calldata. */
  async simulateRaw(from: Address, to: Deployed, calldata: Hex): Promise<Outcome> {
    try {
      const { data } = await this.#client.call({ account: from, to: to.address, data: calldata });
      return { data: data ?? '0x' };
    } catch (error) {
      return { revert: decodeRevert(error, to.abi) };
    }
  }

  /** Mines the call as a transaction and returns its logs, which a revert has none of. */
  async send(call: Call): Promise<Log[]> {
    const { status, logs } = await this.#mine(call.from, call.to.address, encode(call));
    expect(status, `status of ${call.name}`).to.equal('success');
    return logs;
  }

  async #mine(account: Address, to: Address | null, data: Hex) {
    const hash = await this.#client.sendTransaction({
      account,
      to,
      data,
      chain: null,
      gas: 20_000_000n,
      gasPrice: 0n,
    });
    await this.#client.mine({ blocks: 1 });
    return this.#client.getTransactionReceipt({ hash });
  }
}

function encode({ to, name, args }: Call): Hex {
  const functionName = name.replace(/\(.*/, '');
  const inputs = /\((.*)\)/.exec(name)?.[1];
  const abi = to.abi.filter(
    (item) =>
      item.type === 'function' &&
      item.name === functionName &&
      (inputs === undefined || item.inputs.map(({ type }) => type).join(',') === inputs),
  );
  return encodeFunctionData({ abi, functionName, args });
}

function decodeRevert(error: unknown, abi: Abi): Revert {
  const cause = error instanceof BaseError ? error.walk((e) => e instanceof RpcRequestError) : null;
  if (!(cause instanceof RpcRequestError) || cause.code !== 3) throw error;
  const data = cause.data as Hex | undefined;
  if (data === undefined || data === '0x') return { name: '', args: [] };
  try {
    const { errorName, args } = decodeErrorResult({ abi, data });
    return { name: errorName, args: args ?? [] };
  } catch (unknown) {
    // An error of another contract passed on, such as the token's.
    if (unknown instanceof AbiErrorSignatureNotFoundError) return { name: data.slice(0, 10), args: [] };
    throw unknown;
  }
}
