import { expect } from 'chai';
import {
  type Abi,
  type AbiParameter,
  BaseError,
  decodeEventLog,
  encodeAbiParameters,
  encodeErrorResult,
  type Hex,
  toEventSelector,
  toEventSignature,
  toFunctionSelector,
  toFunctionSignature,
} from 'viem';
import { type Anvil, startAnvil } from './anvil.js';
import { readArtifact } from './artifact.js';
import { ANYONE } from './scenario.js';
import { TestChain } from './test-chain.js';
import { readCases } from './vectors.js';

const CONSTRUCTOR_ARGS: Readonly<Record<string, readonly string[]>> = {
  AccessCredentialNFT: ['BlockHost Access', 'BHAC'],
  BlockhostSubscriptions: [],
  BrokerRegistry: [],
  BrokerRequests: [],
};
const CONTRACTS = Object.keys(CONSTRUCTOR_ARGS);

interface AbiCase {
  readonly id: string;
  readonly expect: 'ok' | 'fail';
  readonly origin: string;
  readonly contract?: string;
  readonly signature: string;
}

interface FunctionCase extends AbiCase {
  readonly selector: Hex;
  readonly state_mutability: string;
  readonly argument_names: readonly string[];
  readonly args: readonly unknown[];
  readonly calldata: Hex;
  readonly return_types?: readonly string[];
  readonly returns?: readonly unknown[];
  readonly return_data?: Hex;
}

interface EventCase extends AbiCase {
  readonly topic0: Hex;
  readonly fields: readonly { name: string; type: string; indexed: boolean }[];
  readonly args: readonly unknown[];
  readonly topics: [Hex, ...Hex[]];
  readonly data: Hex;
}

interface ErrorCase extends AbiCase {
  readonly selector: Hex;
  readonly args: readonly unknown[];
  readonly revert_data: Hex;
}

function signatures(cases: readonly AbiCase[]): string[] {
  return [...new Set(cases.map(({ signature }) => signature))].sort();
}

function itemsOf<Kind extends Abi[number]['type']>(abi: Abi, kind: Kind) {
  return abi.filter((item): item is Extract<Abi[number], { type: Kind }> => item.type === kind);
}

/** The type as in a signature: a tuple by its fields. */
function canonical(parameter: AbiParameter): string {
  const components = componentsOf(parameter);
  if (components === undefined) return parameter.type;
  return `(${components.map(canonical).join(',')})${parameter.type.replace(/^tuple/, '')}`;
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] | undefined {
  return 'components' in parameter ? parameter.components : undefined;
}

/** Whole numbers are decimal text in the vectors; viem wants bigints. */
function native(value: unknown, parameter: AbiParameter): unknown {
  const { type } = parameter;
  if (type.endsWith('[]')) {
    const element = { ...parameter, type: type.slice(0, -2) };
    return (value as unknown[]).map((item) => native(item, element));
  }
  const components = componentsOf(parameter);
  if (components !== undefined) {
    return components.map((component, place) => native((value as unknown[])[place], component));
  }
  return /^u?int/.test(type) ? BigInt(value as string) : value;
}

function encode(types: readonly AbiParameter[], values: readonly unknown[]): Hex {
  return encodeAbiParameters(
    types,
    types.map((type, place) => native(values[place], type)),
  );
}

const malformedEvents = readCases<EventCase>('abi-events').filter((vector) => vector.expect === 'fail');

for (const name of CONTRACTS) {
  describe(`the ABI of ${name}`, () => {
    const { abi } = readArtifact(name);
    const ofContract = <Case extends AbiCase>(file: string) =>
      readCases<Case>(file).filter(({ contract, expect }) => contract === name && expect === 'ok');

    const functions = new Map(itemsOf(abi, 'function').map((item) => [toFunctionSignature(item), item]));
    const events = new Map(itemsOf(abi, 'event').map((item) => [toEventSignature(item), item]));
    const errors = new Map(
      itemsOf(abi, 'error').map((item) => [
        `${item.name}(${item.inputs.map(({ type }) => type).join(',')})`,
        item,
      ]),
    );

    it('has exactly the functions of the vectors', () => {
      expect([...functions.keys()].sort()).to.deep.equal(signatures(ofContract('abi-functions')));
    });

    it('has exactly the events of the vectors', () => {
      expect([...events.keys()].sort()).to.deep.equal(signatures(ofContract('abi-events')));
    });

    it('has exactly the errors of the vectors', () => {
      expect([...errors.keys()].sort()).to.deep.equal(signatures(ofContract('abi-errors')));
    });

    it('takes no ether anywhere', () => {
      const payable = abi.filter((item) => 'stateMutability' in item && item.stateMutability === 'payable');
      expect(payable).to.deep.equal([]);
      expect(abi.filter(({ type }) => type === 'receive' || type === 'fallback')).to.deep.equal([]);
    });

    for (const vector of ofContract<FunctionCase>('abi-functions')) {
      it(`encodes ${vector.id} as the vector does`, () => {
        const item = functions.get(vector.signature);
        if (item === undefined) throw new Error(`no function ${vector.signature}`);
        expect(toFunctionSelector(item)).to.equal(vector.selector);
        expect(item.stateMutability).to.equal(vector.state_mutability);
        expect(vector.selector + encode(item.inputs, vector.args).slice(2)).to.equal(vector.calldata);
        if (vector.origin === 'reference-abi') {
          expect(item.inputs.map((input) => input.name ?? '')).to.deep.equal(vector.argument_names);
        }
        if (vector.return_types !== undefined && vector.returns !== undefined) {
          expect(item.outputs.map(canonical)).to.deep.equal(vector.return_types);
          expect(encode(item.outputs, vector.returns)).to.equal(vector.return_data);
        }
      });
    }

    for (const vector of ofContract<EventCase>('abi-events')) {
      it(`decodes ${vector.id} as the vector does`, () => {
        const item = events.get(vector.signature);
        if (item === undefined) throw new Error(`no event ${vector.signature}`);
        expect(toEventSelector(item)).to.equal(vector.topic0);
        const fields = item.inputs.map((input) => ({
          name: input.name,
          type: input.type,
          indexed: input.indexed,
        }));
        expect(fields).to.deep.equal(vector.fields);
        const { args } = decodeEventLog({ abi: [item], topics: vector.topics, data: vector.data });
        const wanted = vector.args.map((value, index) => {
          const input: AbiParameter = item.inputs[index] ?? { type: '' };
          // viem gives integers up to 48 bits as numbers.
          return [input.name, input.type === 'uint8' ? Number(value) : native(value, input)];
        });
        expect(args).to.deep.equal(Object.fromEntries(wanted));
      });
    }

    for (const vector of malformedEvents.filter(({ contract }) => contract === name)) {
      it(`refuses ${vector.id} as a ${vector.signature}`, () => {
        const item = events.get(vector.signature);
        if (item === undefined) throw new Error(`no event ${vector.signature}`);
        expect(() => decodeEventLog({ abi: [item], topics: vector.topics, data: vector.data })).to.throw(
          BaseError,
        );
      });
    }

    for (const vector of ofContract<ErrorCase>('abi-errors')) {
      it(`encodes ${vector.id} as the vector does`, () => {
        const item = errors.get(vector.signature);
        if (item === undefined) throw new Error(`no error ${vector.signature}`);
        expect(encodeErrorResult({ abi: [item], errorName: item.name, args: [] }).slice(0, 10)).to.equal(
          vector.selector,
        );
        expect(vector.selector + encode(item.inputs, vector.args).slice(2)).to.equal(vector.revert_data);
      });
    }
  });
}

describe('the ABI decoders in the contracts', function () {
  this.timeout(60_000);
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil?.stop());

  const malformed = readCases<FunctionCase>('abi-functions').filter((vector) => vector.expect === 'fail');
  for (const vector of malformed) {
    it(`refuse ${vector.id} for ${vector.signature}`, async () => {
      const chain = new TestChain(anvil.url);
      const name = vector.contract ?? '';
      const contract = await chain.deploy(readArtifact(name), ANYONE, CONSTRUCTOR_ARGS[name] ?? []);
      const outcome = await chain.simulateRaw(ANYONE, contract, vector.calldata);
      expect(outcome).to.deep.equal({ revert: { name: '', args: [] } });
    });
  }
});
