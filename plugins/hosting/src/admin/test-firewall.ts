import { BlockhostError, type PortRule, type PrivilegedActions } from '@blockhost/kernel';

const textOf = ({ port, source, comment }: PortRule) => `${port} ${source ?? 'everybody'} ${comment}`;

/** A root agent that keeps its firewall in memory, and fails when told to. */
export class TestFirewall implements PrivilegedActions {
  readonly rules = new Set<string>();
  /** Every change, in order: `open 22 everybody …`, `close 22 192.0.2.7 …`. */
  readonly changes: string[] = [];
  /** Answers the code of the failure of a call, or null. A failure `…!` happens after the call had its effect. */
  fails: (change: string) => string | null = () => null;
  /** Calls wait for this before they do anything. */
  gate: Promise<void> = Promise.resolve();

  async call(action: string, parameters: Readonly<Record<string, unknown>>) {
    await this.gate;
    const rule = parameters as unknown as PortRule;
    const verb = action === 'iptables-open' ? 'open' : 'close';
    const change = `${verb} ${textOf(rule)}`;
    const failure = this.fails(change);
    if (failure !== null && !failure.endsWith('!')) throw refused(failure);
    this.changes.push(change);
    if (verb === 'open') this.rules.add(textOf(rule));
    else this.rules.delete(textOf(rule));
    if (failure !== null) throw refused(failure.slice(0, -1));
    return { ok: true };
  }

  /** What is open, without comments: `22 everybody`. */
  get open(): string[] {
    return [...this.rules].map((rule) => rule.split(' ').slice(0, 2).join(' ')).sort();
  }
}

function refused(code: string): BlockhostError {
  return new BlockhostError(code, 'The root agent did not do it.');
}
