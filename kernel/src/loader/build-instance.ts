import { BlockhostError } from '../errors/blockhost-error.js';
import { type DependencyContainer, injectable } from '../injection.js';
import type { Constructor } from './check-entry.js';

/** One parameter of a constructor as `@inject` recorded it. */
interface Need {
  readonly token: unknown;
  readonly optional: boolean;
}

/** Under this key tsyringe's `inject` keeps the tokens of a constructor, by place. */
const METADATA_KEY = 'injectionTokens';

/**
 * What the constructor of `type` asks for, in order; throws `entry.no-token` where it does not say. It is read from the metadata registry that all copies of
 * reflect-metadata share: a plugin may bundle its own tsyringe, whose private lists this process cannot see.
 */
export function needsOf(type: Constructor): Need[] {
  const recorded = (Reflect.getOwnMetadata(METADATA_KEY, type) ?? {}) as Readonly<Record<string, unknown>>;
  const needs = Object.keys(recorded)
    .sort((a, b) => Number(a) - Number(b))
    .map((place) => {
      const entry = recorded[place];
      if (typeof entry !== 'object' || entry === null || !('token' in entry))
        return { token: entry, optional: false };
      return { token: entry.token, optional: 'isOptional' in entry && entry.isOptional === true };
    });
  const name = type.name || 'its class';
  if (needs.length < type.length) {
    const parameters = type.length === 1 ? '1 parameter' : `${type.length} parameters`;
    const those = needs.length === 0 ? 'none of them says' : `only ${needs.length} of them say`;
    throw new BlockhostError(
      'entry.no-token',
      `the constructor of ${name} has ${parameters}, but ${those} @inject(TOKEN).`,
    );
  }
  for (const { token } of needs)
    if (typeof token !== 'function' && typeof token !== 'symbol')
      throw new BlockhostError('entry.no-token', `${name} injects ${String(token)}, which is no token.`);
  return needs;
}

/**
 * Constructs `type` in `container`, after `provide` has answered each token it asks for; `undefined` leaves an optional
 * one out.
 */
export async function buildInstance(
  type: Constructor,
  container: DependencyContainer,
  provide: (token: symbol, optional: boolean) => Promise<unknown>,
): Promise<() => object> {
  for (const { token, optional } of needsOf(type)) {
    if (typeof token === 'function') await buildInstance(token as Constructor, container, provide);
    else if (typeof token === 'symbol' && !container.isRegistered(token)) {
      const value = await provide(token, optional);
      if (value !== undefined) container.registerInstance(token, value);
    }
  }
  injectable()(type as never);
  return () => container.resolve(type as never);
}
