import { expect } from 'chai';
import fc from 'fast-check';
import { syntaxError } from './syntax-error.js';

describe('syntaxError', () => {
  it('tells line, column and what could stand there', () => {
    const mistakes: readonly [text: string, line: number, column: number, expected: string][] = [
      ['', 1, 1, 'a value'],
      ['{\n  "a": 1,\n}', 3, 1, 'a key'],
      ['{"a" 1}', 1, 6, '":"'],
      ['{"a": 1 "b": 2}', 1, 9, '"," or "}"'],
      ['[1 2]', 1, 4, '"," or "]"'],
      ['[1,]', 1, 4, 'a value'],
      ['{"a": tru}', 1, 7, 'a value'],
      ['[01]', 1, 2, 'a value or "]"'],
      ['{} {}', 1, 4, 'the end'],
      ['{"a": "b', 1, 9, 'the end of the string'],
      ['{"a": "b\n"}', 1, 9, 'the end of the string before a control character'],
      ['["\\x"]', 1, 3, 'an escape such as \\n or \\u0041'],
      ["{'a': 1}", 1, 2, 'a key or "}"'],
      ['{]', 1, 2, 'a key or "}"'],
    ];
    for (const [text, line, column, expected] of mistakes)
      expect(syntaxError(text), text).to.deep.equal({ line, column, expected });
  });

  it('finds nothing in JSON of any shape', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        expect(syntaxError(JSON.stringify(JSON.parse(text), null, indent))).to.equal(null);
      }),
    );
  });

  it('agrees with JSON.parse on damaged texts', () => {
    const damaged = fc.tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', ':', '\\', '0', ' '),
    );
    fc.assert(
      fc.property(damaged, ([text, position, character]) => {
        const at = position % (text.length + 1);
        const broken = text.slice(0, at) + character + text.slice(at + 1);
        let valid = true;
        try {
          JSON.parse(broken);
        } catch {
          valid = false;
        }
        expect(syntaxError(broken) === null).to.equal(valid);
      }),
    );
  });

  it('takes a million open brackets without running out of stack', () => {
    expect(syntaxError('['.repeat(1_000_000))).to.include({ line: 1, column: 1_000_001 });
  });
});
