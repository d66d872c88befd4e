import { BlockhostError, isBlockhostError } from '../errors/blockhost-error.js';
import { didYouMean } from '../manifests/nearest.js';
import { portContracts } from '../ports/contracts.js';
import { portOfToken } from '../ports/token.js';
import { answerProblem } from './answer-problem.js';
import { capabilitiesOf } from './broken-promise.js';
import type { Blueprint, EntryLoader, Provide } from './entry-loader.js';
import { guardPort } from './guard-port.js';
import type { Provider } from './index-plugins.js';
import { asPlugin } from './phase.js';

/** Answers a port by its token; `asker` is the class that injects it, null when the process itself asks. */
export type GetPort = (
  token: symbol,
  optional: boolean,
  asker: Blueprint | null,
) => Promise<object | undefined>;

/** Ports by token: who provides them, that who injects them said so, and one guarded instance of each. */
export function portsOf(
  providers: ReadonlyMap<string, Provider>,
  loader: EntryLoader,
  provide: Provide,
): GetPort {
  const guards = new Map<string, { readonly instance: object; readonly guarded: object }>();

  async function guard({ record, port, ...provider }: Provider, target: Blueprint): Promise<object> {
    const contract = portContracts.get(port);
    const problemOf = contract && (await answerProblem(contract));
    const instance = await loader.instance(target, provide);
    if (!problemOf) return instance;
    const present = guards.get(port);
    if (present?.instance === instance) return present.guarded;
    const { manifest, file } = record.found;
    const guarded = guardPort(instance, {
      contract,
      capabilities: capabilitiesOf(provider, instance),
      plugin: record.name,
      facts: {
        plugin: `${record.name} ${manifest?.version ?? ''}`.trimEnd(),
        manifest: file,
        ...(manifest?.bugs ? { bugs: manifest.bugs } : {}),
      },
      call: (act) => asPlugin(record, loader.logOf(record), act),
      problemOf,
    });
    guards.set(port, { instance, guarded });
    return guarded;
  }

  return async (token, optional, asker) => {
    const port = portOfToken(token);
    if (!port) throw unknownToken(token, asker);
    const { name, major } = port;
    const provider = providers.get(name);
    if (!provider && optional) return undefined;
    if (asker && !optional) checkDeclared(name, asker, provider);
    if (!provider) throw notProvided(name);
    if (provider.major !== major)
      throw new BlockhostError(
        'port.wrong-version',
        `Version ${major} of the port "${name}" is asked for, but "${provider.record.name}" provides version ${provider.major}.`,
      );
    const target = { code: provider.code, owner: provider.record, path: provider.entry };
    try {
      return await loader.waitFor(target, asker, () => guard(provider, target));
    } catch (error) {
      if (!asker) throw error;
      if (asker.owner.refusal) throw asker.owner.refusal;
      const reason = `it needs the port "${name}" of "${provider.record.name}", which is in state ${provider.record.state}.`;
      const declined = provider.record.state === 'declined';
      if (optional && (declined || !provider.record.required)) {
        loader.logOf(asker.owner).warn('goes on without an optional port', { port: name, reason });
        return undefined;
      }
      const remedy = isBlockhostError(error) && error.remedy ? { remedy: error.remedy } : {};
      const again = provider.record.refusal === null;
      throw asker.owner.fail('missing-dependency', reason, { cause: error, again, ...remedy });
    }
  };
}

function checkDeclared(port: string, { owner, code }: Blueprint, provider: Provider | undefined): void {
  const declared = code.found.manifest?.requires?.ports ?? [];
  if (declared.includes(port) || provider?.record === owner) return;
  const list = declared.map((name) => JSON.stringify(name)).join(', ') || 'none';
  throw owner.fail(
    'load-failed',
    `its class injects the port "${port}", but /requires/ports of its manifest lists ${list}.`,
  );
}

function unknownToken(token: symbol, asker: Blueprint | null): BlockhostError {
  const name = token.description ?? String(token);
  if (asker)
    return asker.owner.fail('load-failed', `its class injects "${name}", which the kernel does not provide.`);
  return new BlockhostError('token.unknown', `${name} is neither a port nor a service of the kernel.`);
}

function notProvided(port: string): BlockhostError {
  const names = portContracts.has(port) ? [] : portContracts.keys();
  const otherwise = 'Install a plugin that provides it; "blockhost plugins" lists what is installed.';
  return new BlockhostError('port.not-provided', `No installed plugin provides the port "${port}".`, {
    remedy: didYouMean(port, names, otherwise),
  });
}
