import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** True when `version` lies in `range`, prereleases included. Most commands never ask: the library is loaded at need. */
export function satisfies(version: string, range: string): boolean {
  const semver = require('./semver.js') as typeof import('./semver.js');
  return semver.satisfies(version, range, { includePrerelease: true });
}
