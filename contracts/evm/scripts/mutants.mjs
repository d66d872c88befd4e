// Generates the mutants of a Solidity source: one wrong operator, condition or missing modifier each.

/** What stands in for an operator. `=>` is listed only to be told from `>=` and `>`. */
const OPERATORS = {
  '=>': [],
  '==': ['!='],
  '!=': ['=='],
  '<=': ['<', '>'],
  '>=': ['>', '<'],
  '<': ['<=', '>='],
  '>': ['>=', '<='],
  '&&': ['||'],
  '||': ['&&'],
  '++': ['--'],
  '--': ['++'],
  '+=': ['-='],
  '-=': ['+='],
  '**': ['*'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+': ['-'],
  '-': ['+'],
  '!': [''],
  // A condition is forced either way.
  '?': ['|| true ?', '&& false ?'],
};

const WORDS = {
  'Math.max': ['Math.min'],
  'Math.min': ['Math.max'],
  onlyOwner: [''],
  nonReentrant: [''],
};

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const longestFirst = Object.keys(OPERATORS).sort((a, b) => b.length - a.length);
const operatorPattern = new RegExp(longestFirst.map(literally).join('|'), 'g');
const wordPattern = new RegExp(
  Object.keys(WORDS)
    .map((word) => `\\b${literally(word)}\\b`)
    .join('|'),
  'g',
);

/**
 * All mutants of `source` in the order of their places.
 * @returns {{ line: number, code: string, change: string, text: string }[]} 1-based line, that line's code, the change
 *   for people, and the whole mutated source
 */
export function mutantsOf(source) {
  const code = blank(source);
  const edits = [
    ...[...code.matchAll(operatorPattern)].flatMap(({ 0: found, index }) =>
      OPERATORS[found].map((replacement) => ({ index, found, replacement })),
    ),
    ...[...code.matchAll(wordPattern)].flatMap(({ 0: found, index }) =>
      WORDS[found].map((replacement) => ({ index, found, replacement })),
    ),
    ...conditions(code),
  ];
  return edits.sort((a, b) => a.index - b.index).map((edit) => mutant(source, edit));
}

function mutant(source, { index, found, replacement }) {
  const start = source.lastIndexOf('\n', index) + 1;
  const end = source.indexOf('\n', index);
  const before = source.slice(start, index).trimStart();
  return {
    line: source.slice(0, index).split('\n').length,
    code: source.slice(start, end).trim(),
    // The column tells two equal operators of one line apart.
    change: `${found} -> ${replacement || 'nothing'} at ${before.length + 1}`,
    text: source.slice(0, index) + replacement + source.slice(index + found.length),
  };
}

/** `if (…)` never and always taken, and `require(…, reason)` always content. */
function conditions(code) {
  return [...code.matchAll(/\b(if|require) ?\(/g)].flatMap(({ 0: head, 1: keyword, index }) => {
    const start = index + head.length;
    const found = code.slice(start, endOfArgument(code, start));
    const replacements = keyword === 'if' ? ['true', 'false'] : ['true'];
    return replacements.map((replacement) => ({ index: start, found, replacement }));
  });
}

function endOfArgument(code, start) {
  let depth = 0;
  for (let at = start; ; at++) {
    if (depth === 0 && (code[at] === ')' || code[at] === ',')) return at;
    if (code[at] === '(') depth++;
    if (code[at] === ')') depth--;
  }
}

/** The source with comments, strings, imports and assembly as spaces, every place kept. */
function blank(source) {
  const ignored = [
    /\/\/.*$/,
    /\/\*[\s\S]*?\*\//,
    /"(?:[^"\\\n]|\\.)*"/,
    /^import [^;]*;/,
    /^pragma .*;/,
    /\bassembly [^{]*\{[\s\S]*?\n {8}\}/,
  ];
  const pattern = new RegExp(ignored.map(({ source: text }) => text).join('|'), 'gm');
  return source.replace(pattern, (text) => text.replace(/[^\n]/g, ' '));
}
