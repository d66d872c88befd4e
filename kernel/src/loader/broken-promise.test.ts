import { expect } from 'chai';
import { definePort, portToken } from '../ports/token.js';
import { missingMembers } from './broken-promise.js';

const contract = definePort({
  name: 'lamp',
  major: 1,
  token: portToken('lamp', 1),
  core: ['on', 'bulb.watts'],
  capabilities: { dimmer: ['dim'], sensor: ['bulb.temperature'] },
  answers: {},
});

describe('missingMembers', () => {
  it('names members of the core and of declared capabilities only', () => {
    expect(missingMembers({ on() {} }, contract, ['dimmer'])).to.deep.equal(['bulb.watts', 'dim']);
    expect(missingMembers({ on() {}, bulb: { watts: 0 } }, contract, [])).to.deep.equal([]);
  });
});
