import { join } from 'node:path';
import { type FinalizationStep, writeFileAtomic } from '@blockhost/kernel';

/** The installer's own steps. Connectivity, certificate, signup page and web server join them with their plugins. */
export const hostSteps: readonly FinalizationStep[] = [
  {
    id: 'finalize',
    label: 'Mark the set-up complete',
    rerunnable: true,
    async run({ paths }) {
      await writeFileAtomic(join(paths.state, '.setup-complete'), '', 0o644);
      return { status: 'completed' };
    },
  },
];
