import { isTest, type SourceFile, type Violation } from './source-file.js';

/** Calls that are durable or leave the process, by the pipeline whose files make them. A new pipeline is one more entry. */
export const ACTS: readonly { what: string; path: RegExp; act: RegExp }[] = [
  {
    what: 'a change of the journal of money',
    path: /^plugins\/hosting\/src\/funds\/(?!journal)/,
    act: /\bjournal\.(begin|plan|reopened|drop|retarget|signed|broadcast|confirmed|failed|succeeded|failedRun|hotWalletGenerated)\(/g,
  },
  {
    what: 'the making of the hot wallet',
    path: /^plugins\/hosting\/src\/funds\//,
    act: /(?<!function )\bensureHotWallet\(/g,
  },
  {
    what: 'a change by the reconciler',
    path: /^plugins\/hosting\/src\/reconciler\//,
    act: /(?<!function )\b(act\(action|note\(seen)|\bprovisioner\.start\(|\bpowerOn\(|\bvms\.activate\(|\btransactions\.broadcast\(/g,
  },
  {
    what: 'a look of the monitor at the chain, or what it keeps of it',
    path: /^plugins\/hosting\/src\/monitor\/(scanner|range-watch)\.ts$/,
    act: /\bblocks\.scan\(|#intake\.take\(|\bmarkOrphans\(|\bthis\.#look\(|\bcursors\.watch\(watched, to/g,
  },
  {
    what: 'a task of the host',
    path: /^plugins\/hosting\/src\/tasks\/scheduler\.ts$/,
    act: /\bthis\.#ended\(/g,
  },
  {
    what: 'the end or the pause of a machine',
    path: /^plugins\/hosting\/src\/(garbage\/|vms\/(destroy|suspend|resume|sync|throttle)-vms?\.ts)/,
    act: /\bprovisioner\.(stop|kill|destroy|throttle\?\.)\(|\bvms\.(suspend|activate|markDestroyed|setDestroyPending|setLimits|releaseLimits|releaseQuarantine)\(|\babandonVm\(|\bpowerOn\(/g,
  },
  {
    what: 'the making of a machine for an order, or the end of one that is given up',
    path: /^plugins\/hosting\/src\/(pipeline\/(pipeline|cancel-stages)|vms\/provision-vm)\.ts$/,
    act: /\bprovisioner\.create\(|\bvms\.(publish|reserve|markDestroyed)\(|(?<!function )\babandonVm\(|\bcloseEntry\(/g,
  },
  {
    what: 'an order of the administrator or a rule of a knock',
    path: /^plugins\/hosting\/src\/admin\/knock-life\.ts$/,
    act: /\bthis\.#(openRule|closeRules)\(/g,
  },
  {
    what: 'a change of the address book or a key',
    path: /^plugins\/(hosting\/src\/wallets\/(change-address-book|generate-wallet)|root-agent\/src\/actions\/addressbook-save|engine-evm\/src\/root-actions\/generate-wallet)\.ts$/,
    act: /\bconfig\.(write|update)\(|\bwriteFileAtomic\(|\bsaveAddressbook\(|\bgenerateWallet\(agent|(?<!function )\bgiveName\(/g,
  },
  {
    what: 'a change of the firewall as root',
    path: /^plugins\/root-agent\/src\/firewall\/knock-rules\.ts$/,
    act: /\bjournal\.write\(after\)|\bapplyRules\(exec, family, after\)/g,
  },
  {
    what: 'a change of a disk image, of the site or of its certificate as root',
    path: /^plugins\/root-agent\/src\/(actions\/(virt-customize|cert-renew)|web\/admin-path)\.ts$/,
    act: /(?<!function )\b(publishImage|customize)\(copy|\bconfig\.update\(|\bmakeCertificate\(https|\bmakeKey\(files|this\.#(write|writeSite)\(/g,
  },
];

/** Acts without a failpoint before and after them, and pipelines whose acts are nowhere to be found. */
export function actViolations(files: readonly SourceFile[], rules = ACTS): Violation[] {
  const product = files.filter(({ path }) => !isTest(path) && !/\/test-[^/]*\.ts$/.test(path));
  return rules.flatMap(({ what, path: place, act }) => {
    const own = product.filter(({ path }) => place.test(path));
    const found = own.flatMap(({ path, code }) =>
      [...code.matchAll(act)].map((match) => ({ path, code, match })),
    );
    if (found.length === 0)
      return [{ path: String(place), message: `makes ${what} in a way this lint does not know. Teach it.` }];
    return found
      .filter(({ code, match }) => !isInStep(code, match.index) && !isBetweenFailpoints(code, match.index))
      .map(({ path, match: [call] }) => ({
        path,
        message: `calls ${call}…), ${what}, without a failpoint before and after it.`,
      }));
  });
}

/** Within the parentheses of a step, or of settle, which has failpoints around what it is given. */
function isInStep(code: string, index: number): boolean {
  for (const { index: start, 0: call } of code.matchAll(/\b(?:step|settle)\(/g)) {
    if (start >= index) return false;
    if (endOfCall(code, start + call.length) > index) return true;
  }
  return false;
}

/** One stands before and one after it in the same function. */
function isBetweenFailpoints(code: string, index: number): boolean {
  const calls = [...code.matchAll(/\bfailpoint\(/g)].map((match) => match.index);
  const before = calls.findLast((each) => each < index);
  const after = calls.find((each) => each > index);
  // A function or a method ends with a brace at the margin or two blanks from it.
  return before !== undefined && after !== undefined && !/^ {0,2}\}$/m.test(code.slice(before, after));
}

/** Where the parenthesis closes whose inside begins at `from`; parentheses in texts do not count. */
function endOfCall(code: string, from: number): number {
  const parts = /(["'])(?:\\.|(?!\1).)*\1|`(?:\\.|[^`])*`|[()]/gs;
  parts.lastIndex = from;
  let open = 1;
  for (let part = parts.exec(code); part; part = parts.exec(code)) {
    if (part[0] === '(') open += 1;
    if (part[0] === ')') open -= 1;
    if (open === 0) return part.index;
  }
  return code.length;
}
