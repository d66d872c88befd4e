import { expect } from 'chai';
import { patternProblem } from './check-patterns.js';

describe('patternProblem', () => {
  it('accepts the patterns that the engines and the broker ship', () => {
    const shipped = [
      '^0x[0-9a-fA-F]{40}$',
      '^0x[0-9a-fA-F]{64}$',
      '^0x[0-9a-fA-F]{130}$',
      '^(bc1p|opt1p)[a-z0-9]{58}$',
      '^addr(_test)?1[a-z0-9]{50,120}$',
      '^[1-9A-HJ-NP-Za-km-z]{40,60}$',
      '^(?:a+b)$',
      '^[(*+|)]+$',
      '^\\(\\?=$',
    ];
    for (const pattern of shipped) expect(patternProblem(pattern), pattern).to.equal(null);
  });

  it('refuses a pattern that matches part of a value', () => {
    expect(patternProblem('0x[0-9a-f]{40}')).to.equal('is not anchored. Write "^0x[0-9a-f]{40}$".');
    expect(patternProblem('^abc')).to.equal('is not anchored. Write "^abc$".');
    expect(patternProblem('^abc\\$')).to.match(/^is not anchored/);
    expect(patternProblem('^a|b$')).to.match(/^is not anchored: put its alternatives in a group/);
  });

  it('refuses what does not compile', () => {
    for (const pattern of ['^(a$', '^[a$', '^a{2,1}$', '^\\p{Nope}$'])
      expect(patternProblem(pattern), pattern).to.equal('is not a regular expression.');
  });

  it('refuses look-around and back-references', () => {
    for (const pattern of ['^(?=a)a$', '^(?!a)b$', '^(?<=a)b$', '^(?<!a)b$'])
      expect(patternProblem(pattern), pattern).to.match(/look-around/);
    for (const pattern of ['^(a)\\1$', '^(?<x>a)\\k<x>$'])
      expect(patternProblem(pattern), pattern).to.match(/back-reference/);
  });

  it('refuses a pattern too long to be judged', () => {
    expect(patternProblem(`^${'()'.repeat(500_000)}$`)).to.equal('is longer than 1000 characters.');
    expect(patternProblem(`^${'(a)'.repeat(300)}$`)).to.equal(null);
  });

  it('refuses patterns whose time may explode', () => {
    for (const pattern of ['^(a+)+$', '^(?:[a-z]*b?)*$', '^((ab*)c)+$', '^(a{1,}){2,}$'])
      expect(patternProblem(pattern), pattern).to.match(/exponential time/);
  });
});
