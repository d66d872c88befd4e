import type { Step } from '../rules/ladder.js';
import { type MetricName, metric } from '../rules/metric.js';

/** What a step of the ladder does to the VM; a note does nothing to it. */
export type Act = 'note' | 'throttle' | 'release' | 'suspend';

export function actOf({
  metric: name,
  from,
  to,
}: {
  readonly metric: MetricName;
  readonly from: Step;
  readonly to: Step;
}): Act {
  const wasHeld = from === 'throttle' || from === 'suspend';
  if (to === 'suspend') return 'suspend';
  // What a person has resumed has its limits still.
  if (to === 'throttle') return from === 'suspend' ? 'note' : 'throttle';
  return wasHeld && metric(name).throttle ? 'release' : 'note';
}
