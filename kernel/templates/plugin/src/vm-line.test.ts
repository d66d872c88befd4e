import { expect } from 'chai';
import { vmLine } from './vm-line.js';

describe('vmLine', () => {
  it('puts the names of all power states in one column', () => {
    const lines = (['running', 'paused', 'stopped'] as const).map((power) =>
      vmLine({ name: 'web', backendRef: '1', power }),
    );
    expect(lines.map((line) => line.indexOf('web'))).to.deep.equal([9, 9, 9]);
  });
});
