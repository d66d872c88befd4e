import { expect } from 'chai';
import { parseAdminCommand } from './admin-command.js';

const sound = {
  command: 'blockhost',
  params: { ports: [22] },
  nonce: '5f0c1a2b-0000-4000-8000-000000000001',
  timestamp: 1_759_999_990,
};

describe("an administrator's command", () => {
  it('is read as it was written, also without parameters', () => {
    expect(parseAdminCommand(JSON.stringify(sound))).to.deep.equal(sound);
    const { params, ...bare } = sound;
    expect(params).to.not.deep.equal({});
    expect(parseAdminCommand(JSON.stringify(bare))).to.deep.equal({ ...bare, params: {} });
  });

  for (const [field, values] of Object.entries({
    command: ['', 'x'.repeat(65), 5, null, ['x']],
    params: [null, [22], 'x', 5],
    nonce: ['', '1234567', 'x'.repeat(65), 'white space', 'ünïcode-1', 12_345_678, null],
    timestamp: ['1759999990', 1.5, -1, null, Number.MAX_SAFE_INTEGER + 2],
  }))
    for (const value of values)
      it(`is none with ${field} ${JSON.stringify(value)?.slice(0, 40)}`, () =>
        expect(parseAdminCommand(JSON.stringify({ ...sound, [field]: value }))).to.equal(null));

  for (const field of ['command', 'nonce', 'timestamp'])
    it(`is none without ${field}`, () =>
      expect(parseAdminCommand(JSON.stringify({ ...sound, [field]: undefined }))).to.equal(null));

  it('is taken at the edges of its limits', () => {
    for (const edge of [
      { command: 'x' },
      { command: 'x'.repeat(64) },
      { nonce: '12345678' },
      { nonce: 'x'.repeat(64) },
      { timestamp: 0 },
    ])
      expect(parseAdminCommand(JSON.stringify({ ...sound, ...edge }))).to.deep.equal({ ...sound, ...edge });
  });

  it('is none when it is a list, or no JSON at all', () => {
    for (const text of [JSON.stringify([sound]), 'open sesame', 'null', '5', ''])
      expect(parseAdminCommand(text), text).to.equal(null);
  });
});
