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
 * What the constructor of `type` asks for, in order. It is read from the metadata registry that all copies of
 * reflect-metadata share: a plugin may bundle its own tsyringe, whose private lists this process cannot see.
 */
export function needsOf(type: Constructor): Need[] {
  const recorded = (Reflect.getOwnMetadata(METADATA_KEY, type) ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(recorded)
    .sort((a, b) => Number(a) - Number(b))
    .map((place) => {
      const entry = recorded[place];
      if (typeof entry !== 'object' || entry === null || !('token' in entry))
        return { token: entry, optional: false };
      return { token: entry.token, optional: 'isOptional' in entry && entry.isOptional === true };
    });
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
  const needs = needsOf(type);
  if (needs.length < type.length)
    throw new BlockhostError(
      'entry.no-token',
      `the constructor of ${type.name || 'its class'} has ${type.length} parameters, but only ${needs.length} of them say @inject(TOKEN).`,
    );
  for (const { token, optional } of needs) {
    if (typeof token === 'function') await buildInstance(token as Constructor, container, provide);
    else if (typeof token !== 'symbol')
      throw new BlockhostError(
        'entry.no-token',
        `${type.name || 'its class'} injects ${String(token)}, which is no token.`,
      );
    else if (!container.isRegistered(token)) {
      const value = await provide(token, optional);
      if (value !== undefined) container.registerInstance(token, value);
    }
  }
  injectable()(type as never);
  return () => container.resolve(type as never);
}
