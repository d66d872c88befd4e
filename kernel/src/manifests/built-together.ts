import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Written by the build: the manifests of the plugins that were built together with this kernel, and are in order. */
const MANIFESTS = join(import.meta.dirname, '../built-together.json');
const PLUGINS = join(import.meta.dirname, '../../../plugins');

let manifests: Readonly<Record<string, string>> | undefined;

/**
 * True for a plugin beside this kernel whose manifest is, to the letter, the one that was checked when both were built.
 * Nothing can come out differently now, so that a command need not load what checks it.
 */
export function isBuiltTogether(home: string, manifest: string): boolean {
  if (dirname(home) !== PLUGINS) return false;
  manifests ??= read();
  return manifests[basename(home)] === manifest;
}

function read(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(MANIFESTS, 'utf8'));
  } catch {
    // The build did not get that far: every plugin is a stranger.
    return {};
  }
}
