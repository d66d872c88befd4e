import type { ConfigFile } from '../ports/config.js';
import { list, object, SERVICE_FILE, text } from './schema-words.js';

/**
 * `revenue-share.json`: who gets which part of the revenue. In percent, or in basis points (`total_bps`, `bps`). The parts
 * must sum to the total; who reads the file checks that against the address book.
 */
export interface RevenueShareJson {
  readonly enabled: boolean;
  readonly total_percent?: number;
  readonly total_bps?: number;
  readonly recipients: readonly { readonly role: string; readonly percent?: number; readonly bps?: number }[];
}

const percent = { type: 'number', minimum: 0, maximum: 100 };
const basisPoints = { type: 'integer', minimum: 0, maximum: 10_000 };

export const REVENUE_SHARE_JSON: ConfigFile<RevenueShareJson> = {
  name: 'revenue-share.json',
  format: 'json',
  mode: SERVICE_FILE,
  schema: object(
    {
      enabled: { type: 'boolean' },
      total_percent: percent,
      total_bps: basisPoints,
      recipients: list(object({ role: text, percent, bps: basisPoints }, ['role'])),
    },
    ['enabled', 'recipients'],
  ),
};
