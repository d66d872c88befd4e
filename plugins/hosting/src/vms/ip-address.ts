import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** An address as its number; null for anything that is not an IP address. */
export function parseIp(text: string): { readonly family: Family; readonly value: bigint } | null {
  if (isIPv4(text)) return { family: 4, value: join(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return null;
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array<number>(8 - left.length - right.length).fill(0);
  return { family: 6, value: join([...left, ...zeros, ...right], 16n) };
}

/** Dotted decimal, or the canonical IPv6 text (RFC 5952). */
export function formatIp(family: Family, value: bigint): string {
  if (family === 4) return split(value, 4, 8n).join('.');
  const full = split(value, 8, 16n)
    .map((group) => group.toString(16))
    .join(':');
  return new URL(`http://[${full}]`).hostname.slice(1, -1);
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function join(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}

function split(value: bigint, count: number, bits: bigint): number[] {
  return Array.from({ length: count }, (_, index) =>
    Number((value >> (bits * BigInt(count - 1 - index))) & ((1n << bits) - 1n)),
  );
}
