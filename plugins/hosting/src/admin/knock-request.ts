import { BlockhostError } from '@blockhost/kernel';
import { clientAddress } from './client-address.js';
import type { CommandDefinition } from './command-definitions.js';

/** Ports to open, for how long and for whom. */
export interface KnockRequest {
  readonly ports: readonly number[];
  readonly durationMs: number;
  /** null: everybody, until somebody logs in. */
  readonly source: string | null;
}

const MOST_PORTS = 16;
const DEFAULT_SECONDS = 300;
const LONGEST_SECONDS = 3_600;

/**
 * What a `knock` asks for within what its definition allows (engine.md 6.5). The order overrides ports, duration and source
 * only; which ports are allowed is the definition's. Throws `admin.bad-knock`.
 */
export function knockRequest(
  { params = {} }: CommandDefinition,
  parameters: Readonly<Record<string, unknown>>,
): KnockRequest {
  const { ports, duration, source } = parameters;
  return {
    ports: portsOf(ports, params.allowed_ports ?? [22]),
    durationMs: 1_000 * secondsOf(duration ?? params.default_duration ?? DEFAULT_SECONDS),
    source: source === undefined || source === null ? null : sourceOf(source),
  };
}

function portsOf(asked: unknown, allowed: readonly number[]): number[] {
  if (asked !== undefined && !(Array.isArray(asked) && asked.every(Number.isInteger)))
    throw badKnock('"ports" is no list of port numbers.');
  const ports = [...new Set(allowed)].filter((port) => asked === undefined || asked.includes(port));
  if (ports.length === 0) throw badKnock('None of the ports asked for is allowed.');
  if (ports.length > MOST_PORTS) throw badKnock(`More than ${MOST_PORTS} ports are asked for.`);
  return ports;
}

function secondsOf(asked: unknown): number {
  if (typeof asked !== 'number' || Number.isNaN(asked)) throw badKnock('"duration" is no number of seconds.');
  return Math.floor(Math.min(Math.max(asked, 1), LONGEST_SECONDS));
}

function sourceOf(asked: unknown): string {
  const address = typeof asked === 'string' ? clientAddress(asked) : null;
  if (address === null) throw badKnock('"source" is no IPv4 or IPv6 address of a client.');
  return address;
}

function badKnock(sentence: string): BlockhostError {
  return new BlockhostError('admin.bad-knock', sentence, {
    remedy: 'Send ports that admin-commands.json allows, a duration in seconds and an address.',
  });
}
