import type { Address } from './chain-engine.js';
import { definePort, portToken } from './token.js';

/**
 * What needs privilege, done by the root agent (specification host.md 2). Everything else runs without.
 *
 * A call that was sent is never sent again. Throws `root-agent.unreachable` when nobody listens (nothing was done),
 * `root-agent.unanswered` when the connection ended without an answer (it may have been done), and for an answer
 * `ok: false` the code of host.md 2.1 as `root-agent.unknown-action`, `.invalid-params`, `.denied`, `.busy`, `.timeout`,
 * `.failed`, `.too-large`, `.internal`.
 */
export interface PrivilegedActions {
  call(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    options?: { /** 300 s unless told. */ readonly timeoutMs?: number },
  ): Promise<Readonly<Record<string, unknown>>>;
}

export const PRIVILEGED_ACTIONS = portToken<PrivilegedActions>('privileged-actions', 1);

export const privilegedActionsPort = definePort<PrivilegedActions>({
  name: 'privileged-actions',
  major: 1,
  token: PRIVILEGED_ACTIONS,
  core: ['call'],
  capabilities: {},
  answers: {},
});

/** One rule of the firewall: who closes it names the same four. */
export interface PortRule {
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  /** `[A-Za-z0-9-]{1,64}` */
  readonly comment: string;
  /** IPv4 or IPv6 literal; without one the port is open to everybody, in both families. */
  readonly source?: string;
}

/**
 * Opens a port for `seconds`, at most and unless told an hour: then the agent closes it by itself, whoever lives or died.
 * Repeating is success and counts the time anew.
 */
export async function openPort(
  agent: PrivilegedActions,
  rule: PortRule,
  { seconds = 3_600, ...options }: { readonly seconds?: number; readonly timeoutMs?: number } = {},
): Promise<void> {
  await agent.call('iptables-open', { ...rule, seconds }, options);
}

/** Closes what {@link openPort} opened; a rule that is gone is success. */
export async function closePort(
  agent: PrivilegedActions,
  rule: PortRule,
  options?: { readonly timeoutMs: number },
): Promise<void> {
  await agent.call('iptables-close', { ...rule }, options);
}

/** Makes `/etc/blockhost/NAME.key` and its entry in the address book. */
export async function generateWallet(
  agent: PrivilegedActions,
  name: string,
): Promise<{ readonly address: Address; readonly keyfile: string }> {
  const { address, keyfile } = await agent.call('generate-wallet', { name });
  return { address: String(address), keyfile: String(keyfile) };
}

/** Replaces the address book; reserved entries must be in it unchanged. */
export async function saveAddressbook(
  agent: PrivilegedActions,
  entries: Readonly<Record<string, unknown>>,
): Promise<void> {
  await agent.call('addressbook-save', { entries });
}
