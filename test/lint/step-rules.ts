import { isTest, type SourceFile, type Violation } from './source-file.js';

/**
 * The kinds of pipeline there are: how a step of each is run. A new kind of step is one more entry here.
 *
 * `called` finds the place that runs a step; `guarded` must match there, so that the step has failpoints before and after.
 */
export const PIPELINES: readonly { what: string; called: RegExp; guarded: RegExp; folder: string }[] = [
  {
    what: 'a stage of the subscription pipeline',
    folder: 'plugins/hosting/',
    called: /\bstage\.act\(/,
    guarded: /\brun\.step\(\s*stage\.name,\s*\(\) => stage\.act\(/,
  },
  {
    what: 'the acceptance of an order of the administrator',
    folder: 'plugins/hosting/src/admin/',
    called: /\bdatabase\.transaction\([\s\S]*\.insert\(/,
    guarded: /\bstep\(\s*["']accept-order["'],\s*\(\) => database\.transaction\(/,
  },
  {
    what: 'a change of the firewall for a knock',
    folder: 'plugins/hosting/src/admin/',
    called: /\b(openPort|closePort)\(/,
    guarded:
      /\bstep\(["']open-port["'], \(\) => this\.#openRule\([\s\S]*\bstep\(["']close-port["'], \(\) => this\.#closeRules\(/,
  },
  {
    what: 'a step of the set-up',
    folder: 'plugins/installer/',
    called: /\bstep\.run\(|\bfailpoint\(`setup\./,
    guarded: /\bfailpoint\(`setup\.\$\{id\}:before`\)[\s\S]*?\bfailpoint\(`setup\.\$\{id\}:after`\)/,
  },
];

/** Verbs that make or end machines: each works in named steps. */
const VERB = /^ {2}async (create|destroy)\(/m;

/** Places that run a step without failpoints around it (quality, section 2, technique 1). */
export function stepViolations(files: readonly SourceFile[]): Violation[] {
  const product = files.filter(({ path }) => !isTest(path));
  const violations: Violation[] = [];
  for (const { what, folder, called, guarded } of PIPELINES) {
    const own = product.filter(({ path }) => path.startsWith(folder));
    const callers = own.filter(({ code }) => called.test(code));
    if (own.length > 0 && callers.length === 0)
      violations.push({ path: folder, message: `runs ${what} in a way this lint does not know. Teach it.` });
    if (callers.length > 0 && !callers.some(({ code }) => guarded.test(code)))
      for (const { path } of callers)
        violations.push({ path, message: `runs ${what} without a failpoint before and after it.` });
  }
  for (const { path, code } of product)
    if (
      /^plugins\/provisioner-[^/]+\/src\/service\.ts$/.test(path) &&
      VERB.test(code) &&
      !reachesSteps(path, product)
    )
      violations.push({
        path,
        message: 'creates or destroys machines outside run.step(…): no failpoint there.',
      });
  return violations;
}

function reachesSteps(path: string, files: readonly SourceFile[]): boolean {
  const folder = path.slice(0, path.indexOf('/src/'));
  return files.some((each) => each.path.startsWith(`${folder}/`) && /\brun\.step\(/.test(each.code));
}
