/** Steps of a run beside its actions. */
const STEPS = ['observe', 'note', 'finish'] as const;
/** Every action of a plan, and the calls inside. */
const ACTS = [
  'clear-missing',
  'count-missing',
  'forget-mint',
  'bind-mint',
  'rebroadcast',
  'set-owner',
  'set-burned',
  'extend',
  'resume',
  'start-vm',
  'activate',
  'update-gecos',
  'update-gecos-tell',
  'update-gecos-record',
  'requeue',
  'call-operator',
  'remember-admin',
] as const;

/** Names of every place where a crash test may kill a run of the reconciler. */
export const reconcilerFailpoints: readonly string[] = [...STEPS, ...ACTS].flatMap((step) => [
  `reconcile.${step}:before`,
  `reconcile.${step}:after`,
]);
