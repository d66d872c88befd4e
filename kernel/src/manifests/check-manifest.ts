import { manifestValidators } from '../../generated/manifest-validators.js';
import { checkModules } from './check-modules.js';
import { checkPatterns } from './check-patterns.js';
import { checkPorts } from './check-ports.js';
import { checkPromises } from './check-promises.js';
import { checkRanges } from './check-ranges.js';
import { explain } from './explain.js';
import type { ManifestKind } from './found-plugin.js';
import type { Finding } from './problem.js';
import { unknownKeys } from './unknown-keys.js';

/** A file of a mebibyte can hold more mistakes than anybody reads. */
const MOST_FINDINGS = 100;

/** What the checks know of a manifest besides what it says. */
export interface ManifestPlace {
  /** Folder that module paths are relative to. */
  readonly home: string;
  /** True when it names no ES module. */
  readonly foreign: boolean;
}

/** Everything that is wrong with a manifest, in one pass, ordered by pointer; each said once. */
export function checkManifest(
  kind: ManifestKind,
  manifest: object,
  { home, foreign }: ManifestPlace,
): Finding[] {
  const findings = distinct([
    ...schemaFindings(kind, manifest),
    ...unknownKeys(kind, manifest),
    ...checkRanges(manifest),
    ...checkPorts(manifest, kind, foreign),
    ...checkPatterns(manifest),
    ...checkPromises(manifest, foreign),
    ...(foreign ? [] : checkModules(manifest, home)),
  ]).sort(byPointer);
  const rest = findings.splice(MOST_FINDINGS);
  if (rest.length > 0) {
    const severity = rest.every((finding) => finding.severity === 'warning') ? 'warning' : 'error';
    findings.push({ severity, pointer: '', expected: `has ${rest.length} more problems.` });
  }
  return findings;
}

/** True when its verbs are executables: such a manifest names no ES module. */
export function isForeign(kind: ManifestKind, manifest: object): boolean {
  return kind !== 'plugin' && manifestValidators.foreign(manifest);
}

function schemaFindings(kind: ManifestKind, manifest: object): Finding[] {
  const validate = manifestValidators[kind];
  if (validate(manifest)) return [];
  return (validate.errors ?? []).flatMap((error) => explain(error, manifest) ?? []);
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [`${each.pointer} ${each.expected}`, each])).values()];
}

function byPointer(a: Finding, b: Finding): number {
  if (a.pointer === b.pointer) return 0;
  return a.pointer < b.pointer ? -1 : 1;
}
