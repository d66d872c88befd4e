import { bumpFailpoints, settleFailpoints } from '@blockhost/kernel';

const STEPS = [
  'hot-wallet',
  'note-hot-wallet',
  'begin',
  'reopen',
  'drop',
  'plan',
  'retarget',
  'note-broadcast',
  'confirm',
  'fail',
  'finish',
  'postpone',
];

/** Where a crash test may kill fund cycle and gas check. */
export const fundFailpoints: readonly string[] = [
  ...STEPS.flatMap((step) => [`funds.${step}:before`, `funds.${step}:after`]),
  ...settleFailpoints,
  ...bumpFailpoints,
];
