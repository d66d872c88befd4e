import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BlockhostError,
  type Exec,
  type HostConfig,
  type Logger,
  type Paths,
  type RootAction,
  type RootActionModule,
  rootFileProblems,
} from '@blockhost/kernel';
import { ROOT_AGENT_YAML } from './root-agent-yaml.js';
import { RUNNER, runPython } from './run-python.js';

const DEFAULT_S = 120;
/** Importing a module that does nothing takes a fiftieth of a second. */
const IMPORT_MS = 10_000;

export interface ForeignOptions {
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly exec: Exec;
  readonly log: Logger;
}

/**
 * The actions of the Python modules in `/usr/share/blockhost/root-agent-actions` that `root-agent.yaml` names, in the order
 * of their files (specification host.md 2.5, provisioners.md 2.5). Files that begin with `_` are parts of others. A module
 * that cannot be had stands in the list with the reason.
 */
export async function foreignModules(options: ForeignOptions): Promise<readonly RootActionModule[]> {
  const { paths, config, log } = options;
  const folder = join(paths.share, 'root-agent-actions');
  try {
    const wanted = (await config.find(ROOT_AGENT_YAML))?.foreign_actions ?? {};
    const present = await modulesIn(folder);
    const unused = present.filter((name) => !name.startsWith('_') && !Object.hasOwn(wanted, name));
    if (unused.length > 0) log.info('foreign modules that nobody asked for are left alone', { unused });
    const helpers = present.filter((name) => name.startsWith('_')).map((name) => join(folder, `${name}.py`));
    const files = Object.keys(wanted).map((name) => join(folder, `${name}.py`));
    const problemOf = rootFileProblems([RUNNER, ...helpers, ...files], paths);
    return await Promise.all(
      Object.keys(wanted)
        .sort()
        .map(async (name): Promise<RootActionModule> => {
          const file = join(folder, `${name}.py`);
          const plugin = `root-agent-actions/${name}.py`;
          try {
            if (!present.includes(name)) throw untrusted(plugin, `There is no file ${file}.`);
            const problem = [RUNNER, ...helpers, file].map(problemOf).find(Boolean);
            if (problem) throw untrusted(plugin, problem);
            return {
              plugin,
              actions: await actionsOf(file, (wanted[name]?.timeout ?? DEFAULT_S) * 1_000, options),
            };
          } catch (failure) {
            return { plugin, actions: [], failure };
          }
        }),
    );
  } catch (failure) {
    return [{ plugin: 'root-agent-actions', actions: [], failure }];
  }
}

async function modulesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => /^(.+)\.py$/.exec(name)?.[1] ?? []);
}

async function actionsOf(
  file: string,
  timeoutMs: number,
  { exec, log }: ForeignOptions,
): Promise<RootAction[]> {
  const { actions } = await runPython(exec, file, { action: null, params: {} }, IMPORT_MS, log);
  return (actions as readonly string[]).map((name) => ({
    name,
    // What they take is for the module to judge: it was asked for by name.
    parameters: { type: 'object' },
    timeoutMs,
    resource: () => `foreign:${file}`,
    // The time of the action ends first, and its children with it.
    run: (params, context) =>
      runPython(context.exec, file, { action: name, params }, timeoutMs + IMPORT_MS, context.log),
  }));
}

function untrusted(plugin: string, problem: string): BlockhostError {
  return new BlockhostError(
    'root-agent.foreign-untrusted',
    `The root agent does not run ${plugin}: ${problem}`,
    {
      remedy: 'Install it from its package, or take it out of root-agent.yaml.',
    },
  );
}
