import { type RootAction, type RootActionModule, schemaProblems, sentenceOf } from '@blockhost/kernel';

/** The actions that may be asked for, by name, and what is wrong with those that may not. */
export interface ActionTable {
  readonly actions: ReadonlyMap<string, RootAction>;
  /** One sentence for each plugin whose actions were left out. */
  readonly problems: readonly string[];
}

/**
 * Checks what the plugins brought. One bad action disables all actions of its plugin (specification host.md 2.5); of two
 * plugins with the same action both are disabled, unless one is the agent's own: never does the first one win silently.
 */
export async function actionTable(modules: readonly RootActionModule[], own: string): Promise<ActionTable> {
  const problems = new Map<string, string>();
  for (const { plugin, actions, failure } of modules) {
    if (failure !== undefined) problems.set(plugin, sentenceOf(failure));
    for (const action of actions) {
      const problem = await problemOf(action);
      if (problem) problems.set(plugin, `The action "${String(action?.name)}" of ${plugin} ${problem}.`);
    }
  }
  const healthy = modules.filter(({ plugin }) => !problems.has(plugin));
  const ownersOf = (name: string) =>
    healthy.filter(({ actions }) => actions.some((each) => each.name === name)).map(({ plugin }) => plugin);
  for (const { plugin, actions } of healthy)
    for (const { name } of actions) {
      const others = ownersOf(name).filter((each) => each !== plugin);
      if (others.length > 0 && plugin !== own)
        problems.set(plugin, `The action "${name}" of ${plugin} is also one of ${others.join(', ')}.`);
    }
  const kept = healthy.filter(({ plugin }) => !problems.has(plugin)).flatMap(({ actions }) => actions);
  return { actions: new Map(kept.map((action) => [action.name, action])), problems: [...problems.values()] };
}

/** What plain JavaScript can get wrong, as the sentence goes on from the action's name. */
async function problemOf(action: Partial<RootAction>): Promise<string | null> {
  const { name, parameters, timeoutMs, resource, run } = action;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) return 'has no valid name';
  if (!Number.isSafeInteger(timeoutMs) || Number(timeoutMs) <= 0) return 'has no time limit';
  if (typeof run !== 'function' || typeof resource !== 'function') return 'lacks "run" or "resource"';
  if (Reflect.get(parameters ?? {}, 'type') !== 'object') return 'has no schema of an object';
  if (Reflect.get(parameters ?? {}, 'additionalProperties') !== false)
    return 'takes unknown parameters: its schema lacks "additionalProperties": false';
  try {
    // Compiles it: a schema that is none throws here, not at the first call.
    await schemaProblems(parameters ?? {}, {});
    return null;
  } catch (error) {
    return `has an invalid schema: ${sentenceOf(error)}`;
  }
}
