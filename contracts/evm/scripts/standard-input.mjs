// The standard JSON input with which a block explorer compiles one contract again, byte for byte.
// https://docs.soliditylang.org/en/latest/using-the-compiler.html#input-description
import { settings } from './solidity.mjs';

/**
 * @param {string} metadata what the compiler says of the contract; names its files, those it imports included
 * @param {Map<string, string>} contents the texts of all files by source unit name
 */
export function standardInput(metadata, contents) {
  const names = Object.keys(JSON.parse(metadata).sources).sort();
  return {
    language: 'Solidity',
    sources: Object.fromEntries(names.map((name) => [name, { content: contents.get(name) }])),
    settings,
  };
}
