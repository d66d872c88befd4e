import { destroySteps } from './destroy-vm.js';
import { resumeSteps } from './resume-vm.js';
import { suspendSteps } from './suspend-vm.js';
import { syncSteps } from './sync-vms.js';
import { throttleSteps } from './throttle-vm.js';

/** Places where a crash test may kill the commands that change the life of a VM. */
export const lifeFailpoints: readonly string[] = [
  ...suspendSteps.map((step) => `suspend-vm.${step}`),
  ...resumeSteps.map((step) => `resume.${step}`),
  ...destroySteps.map((step) => `destroy.${step}`),
  ...throttleSteps.map((step) => `throttle.${step}`),
  ...syncSteps.map((step) => `sync.${step}`),
].flatMap((step) => [`${step}:before`, `${step}:after`]);
