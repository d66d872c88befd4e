import { accessCredentialNftAbi, blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import type { ChainEvent, EventPlace, UndecodableLog } from '@blockhost/kernel';
import {
  type AbiEvent,
  type AbiParameter,
  concat,
  decodeAbiParameters,
  type Hex,
  type Log,
  toEventSelector,
  zeroAddress,
} from 'viem';
import { readCanonical } from './canonical-abi.js';

type Values = Readonly<Record<string, unknown>>;
type Body<E = ChainEvent> = E extends ChainEvent ? Omit<E, keyof EventPlace> : never;

/** What the host follows; the contracts' other events are of no consequence to it. */
const interpretations: Record<string, (values: Values) => Body> = {
  SubscriptionCreated: (values) => ({
    type: 'subscription-created',
    subscriptionId: integer(values.subscriptionId),
    planId: integer(values.planId),
    subscriber: text(values.subscriber),
    expiresAt: seconds(values.expiresAt),
    paidAmount: integer(values.paidAmount),
    paymentToken: text(values.paymentToken),
    userEncrypted: text(values.userEncrypted),
  }),
  SubscriptionExtended: (values) => ({
    type: 'subscription-extended',
    subscriptionId: integer(values.subscriptionId),
    planId: integer(values.planId),
    extendedBy: text(values.extendedBy),
    newExpiresAt: seconds(values.newExpiresAt),
    paidAmount: integer(values.paidAmount),
  }),
  SubscriptionCancelled: (values) => ({
    type: 'subscription-cancelled',
    subscriptionId: integer(values.subscriptionId),
    planId: integer(values.planId),
    subscriber: text(values.subscriber),
  }),
  Transfer: ({ tokenId, from, to }) => ({
    type: 'credential-transferred',
    tokenId: integer(tokenId),
    from: from === zeroAddress ? null : text(from),
    to: to === zeroAddress ? null : text(to),
  }),
  FundsWithdrawn: (values) => ({
    type: 'funds-withdrawn',
    token: text(values.token),
    to: text(values.to),
    amount: integer(values.amount),
  }),
};

const catalogue = [
  'PlanCreated',
  'PlanUpdated',
  'PrimaryStablecoinSet',
  'PaymentMethodAdded',
  'PaymentMethodUpdated',
  'SlippageUpdated',
  'MinLiquidityUpdated',
  'ExtensionGraceUpdated',
];
for (const name of catalogue)
  interpretations[name] = (values) => ({ type: 'catalogue-changed', name, fields: fieldsOf(values) });

interface KnownEvent {
  readonly meaning: (values: Values) => Body;
  /** Parameters that stand in the topics, one word each; none of them is dynamic. */
  readonly indexed: readonly AbiParameter[];
  /** The others, which lie together in the data (Solidity ABI, "Events"). */
  readonly plain: readonly AbiParameter[];
}

const events = new Map<string, KnownEvent>();
for (const item of [...accessCredentialNftAbi, ...blockhostSubscriptionsAbi]) {
  const meaning = item.type === 'event' ? interpretations[item.name] : undefined;
  if (item.type !== 'event' || !meaning) continue;
  const inputs: AbiEvent['inputs'] = item.inputs;
  events.set(toEventSelector(item), {
    meaning,
    indexed: inputs.filter(({ indexed }) => indexed),
    plain: inputs.filter(({ indexed }) => !indexed),
  });
}

/** First topics of the events that {@link decodeLog} knows: what a node is asked for. */
export const knownTopics = [...events.keys()] as `0x${string}`[];

/** The event in a log, or why it cannot be read: a log is never dropped silently. */
export function decodeLog(
  log: Log<bigint, number, false>,
): { event: ChainEvent } | { undecodable: UndecodableLog } {
  const place: EventPlace = {
    height: Number(log.blockNumber),
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
    transactionIndex: log.transactionIndex,
    logIndex: log.logIndex,
  };
  try {
    return { event: { ...place, ...interpret(log) } };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    return { undecodable: { ...place, reason, raw: JSON.stringify({ topics: log.topics, data: log.data }) } };
  }
}

function interpret({ topics: [selector, ...words], data }: Log<bigint, number, false>): Body {
  const event = events.get(selector ?? '');
  if (!event) throw new Error('this event is not known');
  const { indexed, plain, meaning } = event;
  if (words.length !== indexed.length)
    throw new Error(`it has ${words.length} indexed parameters instead of ${indexed.length}`);
  const values: Record<string, unknown> = {};
  const read = (parameters: readonly AbiParameter[], from: Hex) => {
    if (parameters.length === 0) return;
    const found = readCanonical(parameters, from) ?? decodeAbiParameters(parameters, from);
    for (const [place, value] of found.entries()) values[parameters[place]?.name ?? place] = value;
  };
  read(indexed, concat(words));
  read(plain, data);
  return meaning(values);
}

function integer(value: unknown): bigint {
  if (typeof value !== 'bigint') throw new Error('a number is missing');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing');
  return value;
}

/** The last second of the year 9999: later ones have no date of four digits, by which records are compared. */
const LAST_SECOND = 253_402_300_799n;

function seconds(value: unknown): number {
  const time = integer(value);
  if (time > LAST_SECOND) throw new Error('a time lies beyond the year 9999');
  return Number(time);
}

function fieldsOf(values: Values): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
