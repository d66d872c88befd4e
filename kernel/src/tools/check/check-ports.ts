import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BlockhostError, isBlockhostError } from '../../errors/blockhost-error.js';
import type { FoundPlugin } from '../../manifests/found-plugin.js';
import { portContracts } from '../../ports/contracts.js';
import { runSuite, type SuiteResult } from './run-suite.js';

/** One port after the conformance suite ran against the plugin's own implementation. */
export interface CheckedPort {
  readonly port: string;
  readonly ok: boolean;
  readonly result: SuiteResult | null;
  /** Capabilities of the port that the plugin does not claim. */
  readonly notDeclared: readonly string[];
  /** Why the suite did not run, and what to do about it. */
  readonly error: BlockhostError | null;
}

/** The default export of the module that `blockhost.conformance` of the plugin's package.json names. */
interface Conformance {
  readonly port: string;
  readonly setup: unknown;
  readonly teardown?: unknown;
}

/**
 * Runs the conformance suite of every port that a plugin provides and the kit knows. A plugin whose port has a suite must
 * bring what the suite needs: a port that nobody tested is not in order.
 */
export async function checkPorts(plugin: FoundPlugin, folder: string): Promise<CheckedPort[]> {
  const checked: CheckedPort[] = [];
  for (const { port, capabilities = [] } of plugin.manifest?.provides ?? []) {
    const suite = await suiteOf(port);
    if (!suite) continue;
    const known = Object.keys(portContracts.get(port)?.capabilities ?? {});
    const notDeclared = known.filter((capability) => !capabilities.includes(capability));
    try {
      const conformance = await conformanceOf(folder, port);
      const result = await runSuite(() => suite({ ...conformance, capabilities }));
      checked.push({ port, ok: result.failed === 0 && result.passed > 0, result, notDeclared, error: null });
    } catch (cause) {
      const error = new BlockhostError('plugins.not-tested', `The port ${port} was not tested.`, {
        cause,
        ...(isBlockhostError(cause) && cause.remedy ? { remedy: cause.remedy } : {}),
      });
      checked.push({ port, ok: false, result: null, notDeclared, error });
    }
  }
  return checked;
}

type Suite = (conformance: object) => void;

/** `provisionerConformance` for `provisioner`: the kit names its suites after the ports. */
async function suiteOf(port: string): Promise<Suite | null> {
  const kit: Readonly<Record<string, unknown>> = await import('../../testing/index.js');
  const name = `${port.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}Conformance`;
  return typeof kit[name] === 'function' ? (kit[name] as Suite) : null;
}

async function conformanceOf(folder: string, port: string): Promise<Conformance> {
  const file = join(folder, 'package.json');
  const pack = JSON.parse(await readFile(file, 'utf8'));
  const named: unknown = [pack.blockhost?.conformance].flat();
  for (const path of named as unknown[]) {
    if (typeof path !== 'string') continue;
    const module = await import(pathToFileURL(resolve(folder, path)).href);
    if (isConformance(module.default) && module.default.port === port) return module.default;
  }
  throw new BlockhostError('plugins.no-conformance', `${file} names no conformance module for it.`, {
    remedy: `Set "blockhost": { "conformance": "./dist/conformance.js" }, a module whose default export is { port: "${port}", setup, teardown }.`,
  });
}

function isConformance(value: unknown): value is Conformance {
  const { port, setup } = (value ?? {}) as Partial<Conformance>;
  return typeof port === 'string' && typeof setup === 'function';
}
