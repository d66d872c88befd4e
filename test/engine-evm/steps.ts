import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BlockhostError,
  createHostConfig,
  createLogger,
  type FinalizationStep,
  type Kernel,
  resolvePaths,
  type StepContext,
  type StepResult,
  writeFileAtomic,
} from '@blockhost/kernel';

/** What the operator answered: this engine's section, the administrator's, and the secrets by their names. */
export interface SetUpAnswers {
  readonly blockchain: Readonly<Record<string, unknown>>;
  readonly admin: { readonly wallet_address: string; readonly public_secret: string };
  readonly secrets: Readonly<Record<string, string>>;
}

interface Progress {
  readonly results: Record<string, Readonly<Record<string, string>>>;
  readonly journals: Record<string, Record<string, unknown>>;
}

const defaults = {
  wallet_mode: 'generate',
  contract_mode: 'deploy',
  plan_name: 'Basic VM',
  plan_price_cents: 50,
  revenue_share_enabled: false,
  revenue_share_percent: 1,
  revenue_share_dev: false,
  revenue_share_broker: false,
};

/** Runs steps of the engine on the host at `root`; their journal and results survive a kill in `progress.json`. */
export async function runSteps(
  kernel: Kernel,
  root: string,
  { blockchain, admin, secrets }: SetUpAnswers,
  only?: readonly string[],
): Promise<Record<string, StepResult>> {
  const { steps, postSteps } = await kernel.import('evm', 'finalization');
  const file = join(root, 'progress.json');
  const progress: Progress = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { results: {}, journals: {} };
  const save = () => writeFileAtomic(file, JSON.stringify(progress), 0o600);
  const paths = resolvePaths({ BLOCKHOST_ROOT: root });

  const contextOf = (step: FinalizationStep): StepContext => {
    progress.journals[step.id] ??= {};
    const notes = progress.journals[step.id] ?? {};
    return {
      answers: { ...defaults, ...blockchain },
      sections: { admin, blockchain },
      secret(name) {
        const value = step.secrets?.includes(name) ? secrets[name] : undefined;
        if (value === undefined) throw new BlockhostError('setup.needs-input', `${name} is missing.`);
        return value;
      },
      results: progress.results,
      journal: {
        get: <T>(key: string) => notes[key] as T | undefined,
        async put(key, value) {
          notes[key] = value;
          await save();
        },
      },
      paths,
      config: createHostConfig({ paths }),
      log: createLogger({ level: 'error' }),
      signal: AbortSignal.timeout(30_000),
      progress: () => {},
      get: (token) => kernel.get(token),
    };
  };

  const done: Record<string, StepResult> = {};
  for (const step of [...steps, ...postSteps]) {
    if (only && !only.includes(step.id)) continue;
    const result = await step.run(contextOf(step));
    done[step.id] = result;
    progress.results[step.id] = result.data ?? {};
    await save();
  }
  return done;
}
