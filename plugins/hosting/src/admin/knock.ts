import type { Hex, PortRule } from '@blockhost/kernel';

/**
 * A door opened by the administrator (engine.md 6.5). `open` to everybody or to its source until it expires; `narrowed` to
 * whoever logged in, for as long as they stay.
 */
export interface Knock {
  readonly id: string;
  readonly phase: 'opening' | 'open' | 'narrowed' | 'closing';
  readonly ports: readonly number[];
  readonly source: string | null;
  /** Milliseconds. */
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Who logged in; null before. */
  readonly address: string | null;
  /** The last sign of them, in milliseconds. */
  readonly seenAt: number | null;
  /** Everything that may stand in the firewall for this knock. */
  readonly rules: readonly PortRule[];
}

/** From the transaction that ordered it, so that log, journal and firewall name the same thing. */
export function knockId(transactionHash: Hex): string {
  return transactionHash.slice(2, 18);
}

/** Rules for `ports`, to one address or, with null, to everybody. */
export function rulesFor({ id, ports }: Pick<Knock, 'id' | 'ports'>, source: string | null): PortRule[] {
  return ports.map((port) => ({
    port,
    proto: 'tcp',
    comment: `blockhost-knock-${id}`,
    ...(source === null ? {} : { source }),
  }));
}

export function isSameRule(a: PortRule, b: PortRule): boolean {
  return a.port === b.port && a.proto === b.proto && a.comment === b.comment && a.source === b.source;
}

/** `a` and what `b` has besides. */
export function union(a: readonly PortRule[], b: readonly PortRule[]): PortRule[] {
  return [...a, ...without(b, a)];
}

export function without(a: readonly PortRule[], b: readonly PortRule[]): PortRule[] {
  return a.filter((rule) => !b.some((other) => isSameRule(rule, other)));
}
