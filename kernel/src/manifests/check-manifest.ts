import * as validators from '../../generated/manifest-validators.js';
import { explain } from './explain.js';
import type { ManifestKind } from './found-plugin.js';
import type { Finding } from './problem.js';

const MOST = 200;

/** Everything that is wrong with what a manifest says, in one pass, in the order of its pointers. */
export function checkManifest(kind: ManifestKind, manifest: object, place: ManifestPlace): Finding[] {
  const validate = validators[kind];
  const findings: Finding[] = [];
  if (!validate(manifest))
    for (const error of validate.errors ?? []) {
      const finding = explain(error, manifest, kind);
      if (finding) findings.push(finding);
    }
  return findings.slice(0, MOST);
}

/** What the checks know besides the text. */
export interface ManifestPlace {
  /** Folder that module paths are relative to. */
  readonly home: string;
  readonly foreign: boolean;
}
