import type { ForeignManifest } from '@blockhost/kernel';

const BY_VERB = {
  metrics: 'metrics',
  throttle: 'throttle',
  'guest-exec': 'guestExec',
  'update-gecos': 'updateGecos',
  'build-template': 'template',
} as const;

/** What a foreign manifest offers, in the words of the port: each verb it names, and always its own addresses. */
export function capabilitiesOf({ api, commands, setup }: ForeignManifest['manifest']): string[] {
  const verbs = Object.entries(BY_VERB).filter(([verb]) => commands?.[verb as keyof typeof BY_VERB]);
  const isBatch = commands?.metrics !== undefined && api?.features?.includes('metrics-batch');
  return [
    ...verbs.map(([, name]) => name),
    ...(isBatch ? ['metricsBatch'] : []),
    ...(setup?.detect ? ['detect'] : []),
    'assignsAddresses',
  ];
}
