import { expect } from 'chai';
import {
  type AbiParameter,
  type Address,
  decodeEventLog,
  decodeFunctionResult,
  getAddress,
  isAddressEqual,
  type Log,
  toFunctionSignature,
  zeroAddress,
} from 'viem';
import { readArtifact } from './artifact.js';
import { deployMock } from './mocks.js';
import type { Deployed, TestChain } from './test-chain.js';

/** `(any)` in the vectors: nobody in particular. */
export const ANYONE: Address = '0x00000000000000000000000000000000000a11ce';

/** Contracts whose events the vectors list completely; those of mocks are nobody's business. */
const BUILT = ['AccessCredentialNFT', 'BlockhostSubscriptions', 'BrokerRegistry', 'BrokerRequests'];

export interface ScenarioCase {
  readonly id: string;
  readonly accounts: Readonly<Record<string, Address>>;
  readonly t0: string;
  readonly setup: readonly (Deployment | SetupCall)[];
  readonly steps: readonly Step[];
}

export interface Deployment {
  readonly deploy: string;
  readonly as: string;
  readonly from?: string;
  readonly args?: readonly unknown[];
  readonly reserves?: Readonly<Record<string, string>>;
}

interface SetupCall {
  readonly from: string;
  readonly contract: string;
  readonly call: string;
  readonly args: readonly unknown[];
}

interface Step extends SetupCall {
  readonly time: string;
  readonly expect: 'ok' | 'revert';
  readonly returns?: readonly unknown[];
  readonly events?: readonly { contract: string; name: string; args: readonly unknown[] }[];
  readonly error?: { name: string; args?: readonly unknown[] };
  readonly note?: string;
}

/** Which of the project's own contracts a scenario is about. */
export function builtContractOf({ id, setup }: ScenarioCase): string {
  const name = setup
    .flatMap((entry) => ('deploy' in entry ? entry.deploy : []))
    .find((label) => BUILT.includes(label));
  if (name === undefined) throw new Error(`scenario ${id} deploys none of ${BUILT.join(', ')}`);
  return name;
}

/** Plays a scenario: every step at its time, its return values, events in order, or its error. */
export async function playScenario(chain: TestChain, scenario: ScenarioCase): Promise<void> {
  const names = new Map<string, Address>(Object.entries({ ...scenario.accounts, $zero: zeroAddress }));
  const contracts = new Map<string, Deployed>();
  const audited: Deployed[] = [];
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'string' || !value.startsWith('$')) return value;
    return known(names, value);
  };
  const callOf = ({ from, contract, call, args }: SetupCall) => ({
    from: known(names, from),
    to: known(contracts, contract),
    name: call,
    args: args.map(resolve),
  });

  for (const entry of scenario.setup) {
    if ('call' in entry) {
      await chain.send(callOf(entry));
      continue;
    }
    const from = entry.from === undefined || entry.from === '(any)' ? ANYONE : known(names, entry.from);
    const own = BUILT.includes(entry.deploy);
    const deployed = own
      ? await chain.deploy(readArtifact(entry.deploy), from, (entry.args ?? []).map(resolve))
      : await deployMock(chain, entry, from, resolve);
    if (own) audited.push(deployed);
    contracts.set(entry.as, deployed);
    names.set(entry.as, deployed.address);
  }

  let now = BigInt(scenario.t0);
  for (const [index, step] of scenario.steps.entries()) {
    const label = `step ${index}, ${step.call} from ${step.from}${step.note ? ` (${step.note})` : ''}`;
    if (BigInt(step.time) !== now) {
      now = BigInt(step.time);
      await chain.setTime(now);
    }
    const call = callOf(step);
    const outcome = await chain.simulate(call);

    if (step.expect === 'revert') {
      expect(outcome, label).to.have.property('revert');
      if (!('revert' in outcome) || step.error === undefined || step.error.name === '(any)') continue;
      expect(plain(outcome.revert), label).to.deep.equal(plain(resolveArgs(step.error, resolve)));
      continue;
    }

    if (!('data' in outcome))
      throw new Error(`${label}: reverted with ${JSON.stringify(plain(outcome.revert))}`);
    const abi = functionOf(call.to, call.name);
    if (step.returns !== undefined) {
      const result: unknown = decodeFunctionResult({
        abi: [abi],
        functionName: abi.name,
        data: outcome.data,
      });
      const values: unknown = abi.outputs.length === 1 ? [result] : result;
      const inOrder = abi.outputs.map((output, place) => positional((values as unknown[])[place], output));
      expect(plain(inOrder), label).to.deep.equal(plain(resolve(step.returns)));
    }
    if (abi.stateMutability !== 'view' && abi.stateMutability !== 'pure') {
      const events = ownEvents(await chain.send(call), audited);
      const expected = (step.events ?? []).map((event) => ({
        address: known(names, event.contract),
        ...resolveArgs(event, resolve),
      }));
      expect(events, label).to.deep.equal(
        plain(expected.map(({ address, name, args }) => ({ address, name, args }))),
      );
    }
  }
}

function ownEvents(logs: readonly Log[], audited: readonly Deployed[]): unknown {
  const events = logs.flatMap((log) => {
    const emitter = audited.find(({ address }) => isAddressEqual(address, log.address));
    if (emitter === undefined) return [];
    const { eventName, args } = decodeEventLog({ abi: emitter.abi, data: log.data, topics: log.topics });
    return { address: log.address, name: eventName, args: Object.values(args ?? {}) };
  });
  return plain(events);
}

function functionOf({ abi }: Deployed, signature: string) {
  for (const item of abi) {
    if (item.type === 'function' && toFunctionSignature(item) === signature) return item;
  }
  throw new Error(`no function ${signature} in the ABI`);
}

/** viem gives a tuple as an object; the vectors list its fields. */
function positional(value: unknown, parameter: AbiParameter): unknown {
  if (!('components' in parameter)) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  return parameter.components.map((component) => positional(fields[component.name ?? ''], component));
}

function resolveArgs<T extends { args?: readonly unknown[] }>(
  entry: T,
  resolve: (value: unknown) => unknown,
) {
  return { ...entry, args: (entry.args ?? []).map(resolve) };
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`the scenario names ${name} before it exists`);
  return value;
}

/** Comparable form: numbers as decimal text, addresses with their checksum. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return /^0x[0-9a-fA-F]{40}$/.test(value) ? getAddress(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
  }
  return value;
}
