import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CommandDefinition } from './command-definitions.js';
import { knockRequest } from './knock-request.js';

const definition = (params: NonNullable<CommandDefinition['params']>): CommandDefinition => ({
  action: 'knock',
  params,
});

describe('knockRequest', () => {
  it('takes what the definition says when the order says nothing', () => {
    expect(
      knockRequest(definition({ allowed_ports: [22, 8006, 22], default_duration: 60 }), {}),
    ).to.deep.equal({
      ports: [22, 8006],
      durationMs: 60_000,
      source: null,
    });
    expect(knockRequest({ action: 'knock' }, {})).to.deep.equal({
      ports: [22],
      durationMs: 300_000,
      source: null,
    });
  });

  it('keeps the duration between a second and an hour', () => {
    const durationMs = (duration: unknown) => knockRequest({ action: 'knock' }, { duration }).durationMs;
    expect([0, -5, 1.9, 3_601, Number.MAX_VALUE].map(durationMs)).to.deep.equal([
      1e3, 1e3, 1e3, 3.6e6, 3.6e6,
    ]);
  });

  it('takes the order’s list of allowed ports for nothing', () => {
    const parameters = { ports: [443], allowed_ports: [443], action: 'other' };
    expect(refused(definition({ allowed_ports: [22] }), parameters)).to.equal(true);
  });

  for (const [what, parameters] of [
    ['ports that are no list', { ports: 22 }],
    ['ports as text', { ports: ['22'] }],
    ['half a port', { ports: [22.5] }],
    ['ports that are objects', { ports: [{}] }],
    ['no port', { ports: [] }],
    ['ports null', { ports: null }],
    ['a duration as text', { duration: '60' }],
    ['a source that is no address', { source: 'example.org' }],
    ['a source with a prefix', { source: '192.0.2.0/24' }],
    ['a source that is this host', { source: '127.0.0.1' }],
    ['a source that is everybody', { source: '0.0.0.0' }],
    ['a source that is everybody in IPv6', { source: '::' }],
    ['a source with a zone', { source: 'fe80::1%eth0' }],
    ['a source with more behind it', { source: '192.0.2.7; reboot' }],
    ['a source that is a number', { source: 7 }],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(refused({ action: 'knock' }, parameters)).to.equal(true);
    });

  it('opens at most 16 ports', () => {
    const ports = Array.from({ length: 17 }, (_, index) => 1_000 + index);
    expect(refused(definition({ allowed_ports: ports }), {})).to.equal(true);
    expect(
      knockRequest(definition({ allowed_ports: ports }), { ports: ports.slice(1) }).ports,
    ).to.have.lengthOf(16);
  });

  it('never answers anything that is not allowed, whatever is asked for', () => {
    const allowed = [22, 443, 8006];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('ports', 'duration', 'source', 'x'), fc.anything()),
        (parameters) => {
          try {
            const { ports, durationMs } = knockRequest(definition({ allowed_ports: allowed }), parameters);
            expect(allowed).to.include.members([...ports]);
            expect(durationMs).to.be.within(1_000, 3_600_000);
          } catch (error) {
            expect(hasCode(error, 'admin.bad-knock'), String(error)).to.equal(true);
          }
        },
      ),
    );
  });
});

function refused(of: CommandDefinition, parameters: Readonly<Record<string, unknown>>): boolean {
  try {
    knockRequest(of, parameters);
    return false;
  } catch (error) {
    return hasCode(error, 'admin.bad-knock');
  }
}
