import type { StepContext } from './finalization.js';
import type { Tagged } from './tag.js';

/**
 * Entry `wizard`: the questions a plugin asks during set-up. A page does not know what comes after it: the installer
 * owns navigation, layout and storage.
 */
export interface WizardPlugin extends Tagged<'wizard'> {
  readonly pages: readonly WizardPage[];
  /** What the summary page shows of the answers; never secrets. */
  summary(answers: Answers): readonly { readonly label: string; readonly value: string }[];
  /** Parameters for other pages (`chain_name`, `management_url`, …). */
  uiParameters?(answers: Answers): Readonly<Record<string, string>>;
  readonly routes?: readonly WizardRoute[];
}

export type Answers = Readonly<Record<string, unknown>>;

export interface WizardPage {
  readonly id: string;
  readonly title: string;
  /** JSON Schema (2020-12) of the page's answers; `writeOnly` marks secrets, `title` and `description` label the fields. */
  readonly schema: object;
  /** Problems that the schema cannot see, by JSON pointer. */
  validate?(answers: Answers): Promise<readonly { readonly pointer: string; readonly problem: string }[]>;
}

/** A JSON call of the page's own script, mounted below `/api/<plugin>/`, always behind the installer's login. */
export interface WizardRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly schema?: object;
  handle(input: Answers, context: Pick<StepContext, 'log' | 'signal' | 'get'>): Promise<unknown>;
}

export function defineWizard(plugin: Omit<WizardPlugin, '$type' | 'major'>): WizardPlugin {
  return { $type: 'blockhost.wizard', major: 1, ...plugin };
}
