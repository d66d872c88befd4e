import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandSource } from './command-index.js';

/** The kernel package: the owner of the commands that are always there. */
export interface RootPackage {
  readonly version: string;
  readonly description: string;
  readonly home: string;
}

export async function readRootPackage(home: string): Promise<RootPackage> {
  const { version, description } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  return { version, description, home };
}

export function kernelSource({ home }: RootPackage): CommandSource {
  return { plugin: 'kernel', home, promised: null, shortNames: {}, bugs: null, refused: null };
}
