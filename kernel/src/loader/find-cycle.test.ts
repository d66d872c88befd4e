import { expect } from 'chai';
import { findCycle } from './find-cycle.js';

const graph = (edges: Readonly<Record<string, string>>) => (node: string) => edges[node] ?? '';

describe('findCycle', () => {
  it('answers the shortest way back, both ends included', () => {
    expect(findCycle('a', graph({ a: 'bc', b: 'c', c: 'a' }))).to.deep.equal(['a', 'c', 'a']);
  });

  it('knows a node that needs itself', () => {
    expect(findCycle('a', graph({ a: 'a' }))).to.deep.equal(['a', 'a']);
  });

  it('answers null for a node that only leads to a cycle of others', () => {
    expect(findCycle('a', graph({ a: 'b', b: 'c', c: 'b' }))).to.equal(null);
  });

  it('answers null where two ways meet again', () => {
    expect(findCycle('a', graph({ a: 'bc', b: 'd', c: 'd' }))).to.equal(null);
  });
});
