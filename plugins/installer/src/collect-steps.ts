import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BlockhostError,
  type FinalizationPlugin,
  type FinalizationStep,
  type Kernel,
  type PluginStatus,
} from '@blockhost/kernel';
import { type AddressForm, adminSection, type Section, type SectionSchema } from './answers.js';
import { hostSteps } from './host-steps.js';

/** A step with the plugin that owns it. */
export interface OwnedStep {
  readonly step: FinalizationStep;
  readonly plugin: string;
  /** Section whose answers it gets; null when its plugin asks nothing. */
  readonly section: string | null;
}

/** What this host is made of: the sections to answer and the steps in the order of host.md 5.1. */
export interface SetupPlan {
  readonly sections: readonly Section[];
  readonly steps: readonly OwnedStep[];
}

/** Engine before, provisioner, extensions, engine after, then the installer's own last step. */
export async function collectSteps(kernel: Kernel): Promise<SetupPlan> {
  const plugins = kernel.plugins().filter((plugin) => plugin.state !== 'stopped');
  refuseIncompleteHost(plugins);

  const sections: Section[] = [adminSection(addressForm(plugins))];
  const before: OwnedStep[] = [];
  const after: OwnedStep[] = [];
  for (const kind of ['engine', 'provisioner', 'broker', 'plugin'] as const) {
    for (const plugin of plugins.filter((one) => one.kind === kind && one.manifest?.entries?.finalization)) {
      const section = await sectionOf(plugin);
      if (section) sections.push(section);
      const owned = (step: FinalizationStep) => ({
        step,
        plugin: plugin.name,
        section: section?.key ?? null,
      });
      const finalization: FinalizationPlugin = await kernel.import(plugin.name, 'finalization');
      before.push(...finalization.steps.map(owned));
      after.push(...finalization.postSteps.map(owned));
    }
  }
  const own = hostSteps.map((step) => ({ step, plugin: 'installer', section: null }));
  const steps = [...before, ...after, ...own];
  refuseDoubleIds(steps);
  return { sections, steps };
}

/** A plugin that cannot be used blocks set-up: it is never skipped silently. */
function refuseIncompleteHost(plugins: readonly PluginStatus[]): void {
  const broken = plugins.filter((plugin) => plugin.reason !== null && plugin.required);
  if (broken.length > 0)
    throw new BlockhostError(
      'setup.plugin-failed',
      `Set-up needs every required plugin: ${broken.map((plugin) => `${plugin.name} (${plugin.state}: ${plugin.reason})`).join('; ')}`,
      { remedy: 'Run "blockhost plugins list" and repair or remove what failed.' },
    );
  for (const role of ['engine', 'provisioner'] as const)
    if (!plugins.some((plugin) => plugin.kind === role))
      throw new BlockhostError('setup.role-missing', `There is no ${role} on this host.`, {
        remedy: `Install one: apt-get install blockhost-${role}-NAME. Then run the set-up again.`,
      });
}

function addressForm(plugins: readonly PluginStatus[]): AddressForm | null {
  const engine = plugins.find(({ kind }) => kind === 'engine')?.manifest;
  const pattern = engine?.constraints?.address_pattern;
  if (!engine || !pattern) return null;
  const example = engine.constraints?.address_placeholder;
  return {
    pattern,
    rule: `an address of ${engine.display_name ?? engine.name}${example ? `, as ${example}` : ''}`,
  };
}

async function sectionOf(plugin: PluginStatus): Promise<Section | null> {
  const key = plugin.manifest?.config_keys?.session_key;
  const file = plugin.manifest?.contributes?.answers;
  if (!key || !file) return null;
  const path = join(plugin.home, file);
  try {
    return { key, owner: plugin.name, schema: JSON.parse(await readFile(path, 'utf8')) as SectionSchema };
  } catch (cause) {
    throw new BlockhostError(
      'setup.answers-schema',
      `The answers schema ${path} of ${plugin.name} cannot be read.`,
      {
        cause,
        remedy: 'Reinstall the plugin.',
      },
    );
  }
}

function refuseDoubleIds(steps: readonly OwnedStep[]): void {
  const owners = new Map<string, string>();
  for (const { step, plugin } of steps) {
    const other = owners.get(step.id);
    if (other)
      throw new BlockhostError(
        'setup.step-clash',
        `Both ${other} and ${plugin} have a step named "${step.id}".`,
        {
          remedy: 'Remove one of the two plugins and report it to its author.',
        },
      );
    owners.set(step.id, plugin);
  }
}
