import { expect } from 'chai';
import { PRIVILEGE_INVARIANTS, type PrivilegeFacts } from './privilege.js';

const broad = { port: 22, proto: 'tcp', comment: 'blockhost-knock-1' } as const;
const narrow = { ...broad, source: '192.0.2.7' };
const begin = (id: string, params: object) => ({
  event: 'begin',
  id,
  action: 'iptables-open',
  params: { ...params },
});
const end = (id: string) => ({ event: 'end', id, action: 'iptables-open' });

const MADE = { event: 'begin', id: 'c', action: 'generate-wallet', params: { name: 'shop' } };

/** Opened to everybody, then to who logged in alone. */
const sound: PrivilegeFacts = {
  opened: [broad, narrow],
  open: [narrow],
  wallets: ['shop'],
  audit: [begin('a', { ...broad, seconds: 60 }), end('a'), begin('b', narrow), end('b'), MADE],
  knocks: [{ id: '1', rules: [broad, narrow] }],
};

const BROKEN: Readonly<Record<string, readonly Partial<PrivilegeFacts>[]>> = {
  'no root action without an audit line': [
    { audit: [] },
    { audit: sound.audit.slice(0, 2) },
    { opened: [{ ...broad, port: 80 }] },
    { wallets: ['shop', 'hot'] },
    { open: [{ ...narrow, source: '192.0.2.8' }] },
  ],
  'what is on record as ended was on record before it began': [
    { audit: [end('a')] },
    { audit: [end('a'), begin('a', broad)] },
    { audit: [begin('b', broad), end('a')] },
  ],
  'no open port without a live knock': [
    { knocks: [] },
    { knocks: [{ id: '1', rules: [broad] }] },
    { open: [{ ...narrow, comment: 'blockhost-knock-2' }] },
  ],
};

describe('the invariants of privilege', () => {
  it('hold of a port that was opened, narrowed and recorded', () => {
    expect(PRIVILEGE_INVARIANTS.flatMap(({ violations }) => violations(sound))).to.deep.equal([]);
  });

  for (const { sentence, violations } of PRIVILEGE_INVARIANTS)
    it(`notice when it is not so: ${sentence}`, () => {
      for (const facts of BROKEN[sentence] ?? [{}])
        expect(violations({ ...sound, ...facts }), Object.keys(facts).join()).to.have.length.above(0);
    });
});
