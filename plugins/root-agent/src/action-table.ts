import { type RootAction, type RootActionModule, schemaProblems, sentenceOf } from '@blockhost/kernel';

/** The actions that may be asked for, by name, and what is wrong with those that may not. */
export interface ActionTable {
  readonly actions: ReadonlyMap<string, RootAction>;
  /** One sentence for each plugin whose actions were left out. */
  readonly problems: readonly string[];
}

/** Where actions come from; of two sources with the same action the higher one keeps it. */
export interface ActionSources {
  /** Name of the plugin whose actions nobody takes: the agent's. */
  readonly own: string;
  readonly plugins: readonly RootActionModule[];
  /** Modules that are no plugins, and judge their parameters themselves. */
  readonly foreign: readonly RootActionModule[];
}

/**
 * Checks what was brought. One bad action disables all actions of its module (specification host.md 2.5); of two modules of
 * one kind with the same action both are disabled: never does the first one win silently.
 */
export async function actionTable({ own, plugins, foreign }: ActionSources): Promise<ActionTable> {
  const problems = new Map<string, string>();
  const modules = [...plugins, ...foreign];
  for (const module of modules) {
    const { plugin, actions, failure } = module;
    if (failure !== undefined) problems.set(plugin, sentenceOf(failure));
    for (const action of actions) {
      const problem = await problemOf(action, foreign.includes(module));
      if (problem) problems.set(plugin, `The action "${String(action?.name)}" of ${plugin} ${problem}.`);
    }
  }
  const healthy = modules.filter(({ plugin }) => !problems.has(plugin));
  const rank = (module: RootActionModule) => (module.plugin === own ? 2 : foreign.includes(module) ? 0 : 1);
  for (const module of healthy)
    for (const { name } of module.actions) {
      const others = healthy.filter(
        (each) =>
          each !== module &&
          rank(each) >= rank(module) &&
          each.actions.some((action) => action.name === name),
      );
      const names = others.map(({ plugin }) => plugin).join(', ');
      if (others.length > 0)
        problems.set(module.plugin, `The action "${name}" of ${module.plugin} is also one of ${names}.`);
    }
  const kept = healthy.filter(({ plugin }) => !problems.has(plugin)).flatMap(({ actions }) => actions);
  return { actions: new Map(kept.map((action) => [action.name, action])), problems: [...problems.values()] };
}

/** What plain JavaScript can get wrong, as the sentence goes on from the action's name. */
async function problemOf(action: Partial<RootAction>, isForeign: boolean): Promise<string | null> {
  const { name, parameters, timeoutMs, resource, run } = action;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) return 'has no valid name';
  if (!Number.isSafeInteger(timeoutMs) || Number(timeoutMs) <= 0) return 'has no time limit';
  if (typeof run !== 'function' || typeof resource !== 'function') return 'lacks "run" or "resource"';
  if (Reflect.get(parameters ?? {}, 'type') !== 'object') return 'has no schema of an object';
  if (!isForeign && Reflect.get(parameters ?? {}, 'additionalProperties') !== false)
    return 'takes unknown parameters: its schema lacks "additionalProperties": false';
  try {
    // Compiles it: a schema that is none throws here, not at the first call.
    await schemaProblems(parameters ?? {}, {});
    return null;
  } catch (error) {
    return `has an invalid schema: ${sentenceOf(error)}`;
  }
}
