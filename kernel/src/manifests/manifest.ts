import type { ManifestDocument } from '../../generated/manifest-type.js';

/** What a manifest may say, of whatever kind; generated from the schemas below `manifests/`, where each key is described. */
export type Manifest = DeepReadonly<ManifestDocument>;

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
