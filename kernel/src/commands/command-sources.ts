import { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';
import type { CommandSource } from './command-index.js';

/** The commands a plugin brings, from its manifest alone; foreign plugins and most roles bring none. */
export function commandSources(plugins: readonly FoundPlugin[]): CommandSource[] {
  return plugins.map((plugin) => {
    const { name, home, manifest } = plugin;
    return {
      plugin: name,
      version: manifest?.version ?? '',
      home,
      promised: manifest?.contributes?.commands ?? [],
      shortNames: manifest?.contributes?.short_names ?? {},
      bugs: manifest?.bugs ?? null,
      refused: refusal(plugin),
    };
  });
}

function refusal({ name, problems }: FoundPlugin): BlockhostError | null {
  const [first, ...others] = problems.filter((problem) => problem.severity === 'error');
  if (!first) return null;
  const more = others.length ? ` (and ${others.length} more)` : '';
  return new BlockhostError('manifest.invalid', `The manifest of ${name} is invalid.`, {
    facts: { [first.pointer || 'file']: `${first.expected}${more}`, file: first.file },
    remedy: `All its problems: blockhost plugins inspect ${name}`,
  });
}
