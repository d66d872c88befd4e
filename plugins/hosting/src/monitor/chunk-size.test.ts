import { expect } from 'chai';
import { ChunkSize } from './chunk-size.js';

describe('ChunkSize', () => {
  it('halves when refused, down to one block, and then says that it cannot', () => {
    const chunk = new ChunkSize(8);
    const sizes = [chunk.blocks];
    while (chunk.refused()) sizes.push(chunk.blocks);
    expect(sizes).to.deep.equal([8, 4, 2, 1]);
    expect(chunk.blocks).to.equal(1);
  });

  it('doubles after ten good chunks in a row, never above its largest', () => {
    const chunk = new ChunkSize(8);
    chunk.refused();
    chunk.refused();
    const succeed = (times: number) => {
      for (let count = 0; count < times; count += 1) chunk.succeeded();
    };
    succeed(9);
    expect(chunk.blocks).to.equal(2);
    succeed(1);
    expect(chunk.blocks).to.equal(4);
    succeed(5);
    chunk.refused();
    succeed(9);
    expect(chunk.blocks).to.equal(2);
    succeed(51);
    expect(chunk.blocks).to.equal(8);
  });
});
