// All that this program uses of semver, in one place: the build bundles the compiled form of this module.
export { default as Range } from 'semver/classes/range.js';
export { default as satisfies } from 'semver/functions/satisfies.js';
