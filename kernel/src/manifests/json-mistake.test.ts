import { expect } from 'chai';
import { jsonMistake } from './json-mistake.js';

describe('jsonMistake', () => {
  it('tells what is wrong and where, and quotes nothing of the text', () => {
    for (const [text, mistake] of [
      ['{\n "a" 1}', "Expected ':' after property name, line 2, column 6"],
      ['{"secret": "s",}', 'Expected double-quoted property name, line 1, column 16'],
      ['{} {"secret": 1}', 'Unexpected non-whitespace character after JSON, line 1, column 4'],
      ['{"secret": "a, \\q"}', 'Bad escaped character, line 1, column 17'],
      ['{"a": secret}', "Unexpected token 's', line 1, column 7"],
      [`{"secret": "${'s'.repeat(60)}", "a": nope}`, "Unexpected token 'o', line 1, column 82"],
      ['["a\nsecret"]', 'Bad control character in string literal, line 1, column 4'],
      ['tru', 'Unexpected end of JSON input'],
      ['', 'Unexpected end of JSON input'],
      ['[1,\n,', "Unexpected token ',', line 2, column 1"],
      ['x', "Unexpected token 'x', line 1, column 1"],
      ['{"a": 1}', null],
    ] as [string, string | null][])
      expect(jsonMistake(text), text).to.equal(mistake);
  });
});
