import { readFileSync } from 'node:fs';

/** The cases of an interoperability vector file, by its name without `.json`. */
export function readCases<Case>(name: string): readonly Case[] {
  // Seen from test/dist/contracts, where this module runs.
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).cases;
}
