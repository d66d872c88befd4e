import { actionParameters, type RootAction, type RootActionContext } from '@blockhost/kernel';
import { KnockJournal } from '../firewall/knock-journal.js';
import { FIREWALL } from '../firewall/knock-keeper.js';
import type { KnockRule } from '../firewall/knock-rule.js';
import { closeRule, type Firewall, openRule } from '../firewall/knock-rules.js';
import { canonicalAddress } from '../ip-address.js';
import { ADDRESS_LITERAL, COMMENT, PORT } from './parameters.js';

/** No rule outlives this, in seconds (specification host.md 2.4). */
const LONGEST_S = 3_600;

const RULE = {
  port: PORT,
  proto: { enum: ['tcp', 'udp'], default: 'tcp' },
  comment: COMMENT,
  source: ADDRESS_LITERAL,
};

export const iptablesOpen: RootAction = {
  name: 'iptables-open',
  parameters: actionParameters(
    { ...RULE, seconds: { type: 'integer', minimum: 1, maximum: LONGEST_S } },
    'proto',
    'source',
    'seconds',
  ),
  timeoutMs: 60_000,
  resource: () => FIREWALL,
  async run(params, context) {
    await openRule(firewallOf(context), ruleOf(params), Number(params.seconds ?? LONGEST_S));
    return {};
  },
};

export const iptablesClose: RootAction = {
  name: 'iptables-close',
  parameters: actionParameters(RULE, 'proto', 'source'),
  timeoutMs: 60_000,
  resource: () => FIREWALL,
  async run(params, context) {
    await closeRule(firewallOf(context), ruleOf(params));
    return {};
  },
};

const firewallOf = ({ paths, exec }: RootActionContext): Firewall => ({
  journal: new KnockJournal(paths),
  exec,
});

function ruleOf({ port, proto, comment, source }: Readonly<Record<string, unknown>>): KnockRule {
  return {
    port: Number(port),
    proto: proto === 'udp' ? 'udp' : 'tcp',
    comment: String(comment),
    ...(source === undefined ? {} : { source: canonicalAddress(String(source)) }),
  };
}
