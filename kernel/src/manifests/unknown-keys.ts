import { knownKeys } from '../../generated/manifest-validators.js';
import type { ManifestKind } from './found-plugin.js';
import { nearest } from './nearest.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childPointer } from './value-at.js';

/**
 * Keys that no schema knows, with the nearest that does; keys that start with `x-` are free.
 *
 * The schemas refuse them too, for editors. A validator, though, forgets what it has seen when another part of a composed
 * schema fails, and takes `constructor` for a key it knows; so they are found by a walk along the known ones.
 */
export function unknownKeys(kind: ManifestKind, manifest: object): Finding[] {
  const places = knownKeys[kind];
  const findings: Finding[] = [];
  walk(manifest, '', '');
  return findings;

  /** `place` is the pointer with `*` for indexes and free keys. */
  function walk(value: unknown, pointer: string, place: string): void {
    if (typeof value !== 'object' || value === null) return;
    const known = Array.isArray(value) ? undefined : places[place];
    for (const [key, child] of Object.entries(value)) {
      if (key.startsWith('x-')) continue;
      if (known && !known.includes(key)) findings.push(unknownKey(childPointer(pointer, key), key, known));
      const below = `${place}/${known ? key : '*'}`;
      if (places[below] || places[`${below}/*`]) walk(child, childPointer(pointer, key), below);
    }
  }
}

function unknownKey(pointer: string, key: string, known: readonly string[]): Finding {
  const near = nearest(key, known);
  return {
    severity: 'warning',
    pointer,
    found: shown(key),
    expected: 'is not a known key.',
    ...(near !== undefined && { nearest: near }),
  };
}
