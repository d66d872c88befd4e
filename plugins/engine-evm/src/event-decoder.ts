import { accessCredentialNftAbi, blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import type { ChainEvent, EventPlace, UndecodableLog } from '@blockhost/kernel';
import { type AbiEvent, decodeAbiParameters, type Log, toEventSelector, zeroAddress } from 'viem';

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

const events = new Map<string, AbiEvent>(
  [...accessCredentialNftAbi, ...blockhostSubscriptionsAbi]
    .filter((item): item is Extract<typeof item, { type: 'event' }> => item.type === 'event')
    .filter(({ name }) => name in interpretations)
    .map((event) => [toEventSelector(event), event]),
);

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

function interpret({ topics, data }: Log<bigint, number, false>): Body {
  const event = events.get(topics[0] ?? '');
  const meaning = event && interpretations[event.name];
  if (!event || !meaning) throw new Error('this event is not known');
  return meaning(decode(event, topics.slice(1), data));
}

/** Indexed parameters stand in the topics, one each; the others lie together in the data (Solidity ABI, "Events"). */
function decode({ inputs }: AbiEvent, topics: readonly `0x${string}`[], data: `0x${string}`): Values {
  const indexed = inputs.filter((input) => input.indexed);
  const plain = inputs.filter((input) => !input.indexed);
  if (topics.length !== indexed.length)
    throw new Error(`it has ${topics.length} indexed parameters instead of ${indexed.length}`);
  const values: Record<string, unknown> = {};
  for (const [index, input] of indexed.entries())
    values[input.name ?? index] = decodeAbiParameters([input], topics[index] ?? '0x')[0];
  if (plain.length > 0)
    for (const [index, value] of decodeAbiParameters(plain, data).entries())
      values[plain[index]?.name ?? index] = value;
  return values;
}

function integer(value: unknown): bigint {
  if (typeof value !== 'bigint') throw new Error('a number is missing');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing');
  return value;
}

function seconds(value: unknown): number {
  const number = Number(integer(value));
  if (!Number.isSafeInteger(number)) throw new Error('a time lies beyond what can be counted');
  return number;
}

function fieldsOf(values: Values): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
