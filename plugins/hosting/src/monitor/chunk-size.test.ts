import { expect } from 'chai';
import { ChunkSize } from './chunk-size.js';

describe('ChunkSize', () => {
  const succeed = (chunk: ChunkSize, times: number, events = 0) => {
    for (let count = 0; count < times; count += 1) chunk.succeeded(chunk.blocks, events);
  };

  it('begins short and doubles to its largest while nothing speaks against it', () => {
    const chunk = new ChunkSize();
    const sizes = [chunk.blocks];
    for (let count = 0; count < 5; count += 1) {
      succeed(chunk, 1);
      sizes.push(chunk.blocks);
    }
    expect(sizes).to.deep.equal([125, 250, 500, 1_000, 2_000, 2_000]);
  });

  it('halves when refused, down to one block, and then says that it cannot', () => {
    const chunk = new ChunkSize(8);
    const sizes = [chunk.blocks];
    while (chunk.refused()) sizes.push(chunk.blocks);
    expect(sizes).to.deep.equal([8, 4, 2, 1]);
    expect(chunk.blocks).to.equal(1);
  });

  it('doubles after ten good chunks in a row once it was refused, never above its largest', () => {
    const chunk = new ChunkSize(8);
    chunk.refused();
    chunk.refused();
    succeed(chunk, 9);
    expect(chunk.blocks).to.equal(2);
    succeed(chunk, 1);
    expect(chunk.blocks).to.equal(4);
    succeed(chunk, 5);
    chunk.refused();
    succeed(chunk, 9);
    expect(chunk.blocks).to.equal(2);
    succeed(chunk, 51);
    expect(chunk.blocks).to.equal(8);
  });

  it('shrinks to spans of a few thousand events where blocks are dense, and stays there', () => {
    const chunk = new ChunkSize();
    succeed(chunk, 1, 125 * 200);
    expect(chunk.blocks).to.equal(25);
    succeed(chunk, 30, 25 * 200);
    expect(chunk.blocks).to.equal(25);
    succeed(chunk, 10);
    expect(chunk.blocks).to.equal(50);
  });
});
