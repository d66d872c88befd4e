import { isTest, type SourceFile, type Violation } from './source-file.js';

const POINT = /\b(?:failpoint|at)\(\s*(["'`])((?:(?!\1).)+):(before|after)\1/g;
const LIST = /\bexport (?:const|function) (\w*[fF]ailpoints)\b/g;

/** Failpoints that stand alone, and lists of them at which no test kills anything. */
export function failpointViolations(files: readonly SourceFile[]): Violation[] {
  const product = files.filter(({ path }) => !isTest(path) && path !== 'kernel/src/run/run.ts');
  const alone = product.flatMap(({ path, code }) => {
    const points = [...code.matchAll(POINT)].map(([, , name = '', side = '']) => ({ name, side }));
    return points
      .filter(({ name, side }) => !points.some((each) => each.name === name && each.side !== side))
      .map(({ name, side }) => ({
        path,
        message: `has the failpoint ${name}:${side} without the other side.`,
      }));
  });

  const lists = product.flatMap(({ path, code }) =>
    [...code.matchAll(LIST)].map(([, name = '']) => ({ path, name, code })),
  );
  const uses = (code: string, name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const killed = new Set<string>();
  /** In a test of its own, or as part of a list that is. */
  const isKilled = ({ path, name }: { readonly path: string; readonly name: string }) =>
    files.some((each) => each.path.startsWith('test/') && uses(each.code, name)) ||
    lists.some((other) => killed.has(other.name) && other.path !== path && uses(other.code, name));
  for (let before = -1; before < killed.size; ) {
    before = killed.size;
    for (const list of lists) if (isKilled(list)) killed.add(list.name);
  }
  return [
    ...alone,
    ...lists
      .filter(({ name }) => !killed.has(name))
      .map(({ path, name }) => ({ path, message: `lists ${name}, at which no test kills anything.` })),
  ];
}
