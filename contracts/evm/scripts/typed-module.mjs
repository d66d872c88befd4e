// Turns artifacts into an ES module whose types are as exact as the values, which is what viem infers calls from.

/** `AccessCredentialNFT` -> `accessCredentialNft`. */
export function camelCase(contractName) {
  return contractName
    .replace(/([A-Z]+)([A-Z][a-z]|$)/g, (_, run, next) => run[0] + run.slice(1).toLowerCase() + next)
    .replace(/^./, (first) => first.toLowerCase());
}

/** An ES module exporting one constant per entry of `constants`. */
export function moduleText(constants) {
  return lines(constants, (name, value) => `export const ${name} = ${JSON.stringify(value)};`);
}

/** Its declarations, with literal types throughout. */
export function literalDeclarations(constants) {
  return lines(constants, (name, value) => `export declare const ${name}: ${literalType(value)};`);
}

/** Its declarations for byte strings, whose values nobody infers from. */
export function hexDeclarations(constants) {
  return lines(constants, (name) => `export declare const ${name}: \`0x\${string}\`;`);
}

function lines(constants, line) {
  const body = Object.entries(constants).map(([name, value]) => line(name, value));
  return ['// Generated from src/ by scripts/build.mjs.', ...body, ''].join('\n');
}

function literalType(value) {
  if (Array.isArray(value)) return `readonly [${value.map(literalType).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, field]) => `readonly ${key}: ${literalType(field)}`);
    return `{ ${fields.join('; ')} }`;
  }
  return JSON.stringify(value);
}
