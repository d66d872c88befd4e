import type { Hex } from 'viem';

/** 32 bytes as nodes write them. */
export function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value);
}
