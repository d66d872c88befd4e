import { expect } from 'chai';
import fc from 'fast-check';
import { parseStrict } from './strict-json.js';

const BOUNDS = { depth: 16, keys: 1_000 };
const parse = (text: string) => parseStrict(new TextEncoder().encode(text), BOUNDS);

describe('parseStrict', () => {
  it('reads what JSON.parse reads, whatever the layout', () => {
    const plain = fc
      .jsonValue({ maxDepth: 5 })
      .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('reads or refuses any text, and refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => text.slice(1)),
          fc.json().map((text) => `${text},`),
        ),
        (text) => {
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            expect(() => parse(text))
              .to.throw()
              .with.property('code', 'json.refused');
            return;
          }
          expect(parse(text)).to.deep.equal(expected);
        },
      ),
    );
  });

  it('tells keys from texts that look like them', () => {
    expect(parse('{"a":"__proto__","b":["a","a","constructor"],"c":{"a":1}}')).to.have.property(
      'a',
      '__proto__',
    );
    expect(parse('{"a":"\\"b\\":","b":1}')).to.deep.equal({ a: '"b":', b: 1 });
  });

  for (const [what, text] of [
    ['a key twice', '{"a":1,"b":{},"a":2}'],
    ['a key twice in an inner object', '[{"x":{"a":1,"a":1}}]'],
    ['a key twice with blanks before its colon', '{"a" \n:1,"a"\t:2}'],
    ['a key written in two ways', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":1}'],
    ['constructor deep inside', '[[{"a":{"constructor":1}}]]'],
    ['depth', '['.repeat(17) + ']'.repeat(17)],
    ['keys', `{${Array.from({ length: 1_001 }, (_, at) => `"k${at}":1`).join()}}`],
    ['a byte order mark', '\ufeff{}'],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => parse(text))
        .to.throw()
        .with.property('code', 'json.refused');
    });
});
