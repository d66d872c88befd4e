/** One open port, as its caller named it. Whoever closes it names the same four. */
export interface KnockRule {
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  readonly comment: string;
  /** Address literal in its canonical form; without one the rule is for everybody, in both families. */
  readonly source?: string;
}

/** A rule with the time at which it closes, in seconds since the machine started: no change of the clock moves it. */
export interface TimedRule extends KnockRule {
  readonly expires: number;
}

export type Family = 'ipv4' | 'ipv6';

export function sameRule(a: KnockRule, b: KnockRule): boolean {
  return a.port === b.port && a.proto === b.proto && a.comment === b.comment && a.source === b.source;
}

export function isOfFamily({ source }: KnockRule, family: Family): boolean {
  return source === undefined || source.includes(':') === (family === 'ipv6');
}
