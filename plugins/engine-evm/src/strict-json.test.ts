import { expect } from 'chai';
import fc from 'fast-check';
import { strictJson } from './strict-json.js';

describe('JSON from strangers', () => {
  for (const [text, value] of [
    ['{"a":1,"b":[{"a":2},{"a":3}]}', { a: 1, b: [{ a: 2 }, { a: 3 }] }],
    [' "__proto__" ', '__proto__'],
    ['{"a":"{\\"a\\":1,:[","b":"__proto__:"}', { a: '{"a":1,:[', b: '__proto__:' }],
    ['[9007199254740991,-1.5e3]', [Number.MAX_SAFE_INTEGER, -1500]],
    ['null', null],
  ] as const)
    it(`reads ${text}`, () => expect(strictJson(text)).to.deep.equal(value));

  for (const [problem, text] of [
    ['no JSON', 'open sesame'],
    ['nothing', ''],
    ['something behind it', '{} {}'],
    ['a key twice', '{"nonce":"a","nonce":"b"}'],
    ['a key twice, once in disguise', '{"nonce":"a","n\\u006fnce":"b"}'],
    ['a key twice, further down', '{"params":{"x":[{"y":1,"y":2}]}}'],
    ['__proto__', '{"__proto__":{"command":"x"}}'],
    ['__proto__ in disguise', '{"\\u005f_proto__":1}'],
    ['constructor', '{"a":{"constructor":1}}'],
    ['prototype', '{"prototype":1}'],
    ['an integer beyond 2^53', '{"t":9007199254740993}'],
    ['an infinite number', '{"t":1e999}'],
    ['nine levels', '['.repeat(9) + ']'.repeat(9)],
    ['a thousand levels', `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`],
    ['a hundred thousand levels', '['.repeat(100_000)],
    ['a byte order mark', '\uFEFF{}'],
  ] as const)
    it(`refuses ${problem}`, () => expect(strictJson(text)).to.equal(undefined));

  it('reads every flat object as JSON.parse does, and never throws', () => {
    const key = fc.string().filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(fc.string(), fc.boolean(), fc.integer())), (object) => {
        expect(strictJson(JSON.stringify(object))).to.deep.equal(JSON.parse(JSON.stringify(object)));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void strictJson(text)));
  });
});
