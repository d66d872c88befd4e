import type { Manifest } from '../manifests/manifest.js';
import { serviceToken } from './token.js';

/**
 * A plugin in another language: executables and no ES module (specification provisioners.md 2). The loader binds it for
 * the plugin that lists the role under `adapts`, constructs the default export of that plugin's `service` entry and
 * offers the instance as the role's port.
 */
export interface ForeignManifest {
  readonly manifest: Manifest;
  /** Path of the manifest file. */
  readonly file: string;
  /** Folder that relative paths of the manifest are meant from. */
  readonly home: string;
}

export const FOREIGN_MANIFEST = serviceToken<ForeignManifest>('foreign-manifest');

/**
 * What an adapter's instance has beside the members of the port: a foreign manifest declares no capabilities in the
 * words of the port, so the adapter says which of them the executables offer.
 */
export interface ForeignAdapter {
  readonly capabilities: readonly string[];
}
