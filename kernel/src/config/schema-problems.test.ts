import { expect } from 'chai';
import { schemaProblems } from './schema-problems.js';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: {
    key: { type: 'string', minLength: 8 },
    mode: { enum: ['import', 'generate'] },
    port: { type: 'integer', maximum: 65_535 },
    network: { type: 'string', pattern: '^127' },
  },
};
const problems = async (content: unknown) =>
  (await schemaProblems(schema, content)).map(({ pointer, problem }) => `${pointer} ${problem}`);

describe('schemaProblems', () => {
  it('finds nothing in what follows the schema', async () => {
    expect(await problems({ key: '12345678', mode: 'import' })).to.deep.equal([]);
  });

  it('tells all of them at once, each as a sentence that says what was expected and never the value', async () => {
    expect(await problems({ key: 'secret', mode: 'imprt', port: 70_000, network: '10.0.0.0' })).to.deep.equal(
      [
        '/key is text of 6 characters, expected not to have fewer than 8 characters',
        '/mode is text of 5 characters, expected one of import, generate',
        '/port is number 70000, expected <= 65535',
        '/network is text of 8 characters, expected to match pattern "^127"',
      ],
    );
  });

  it('tells what a pattern stands for when its schema has words for it', async () => {
    const worded = { properties: { to: { pattern: '^0x', rule: 'an address' } } };
    expect(await schemaProblems(worded, { to: 'x' })).to.deep.equal([
      { pointer: '/to', problem: 'is text of 1 characters, expected an address' },
    ]);
  });

  it('names missing and unknown keys, with the known one that was meant', async () => {
    expect(await problems({ kez: 'x', zzz: 1 })).to.deep.equal([
      ' lacks "key"',
      ' has the unknown key "kez". Did you mean "key"?',
      ' has the unknown key "zzz"',
    ]);
  });
});
