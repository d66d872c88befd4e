import { isEngine } from './dependency-rules.js';
import { isTest, type SourceFile, type Violation } from './source-file.js';

/** Nothing outside an engine plugin knows which chain it is on (architecture, section 2, rule 3). */
const CHAIN = [
  { word: /\b(viem|ethers|web3js|solidity|erc-?\d{2,4}|evm|wei|gwei|usdc)\b/i, what: 'a word of one chain' },
  { word: /\babi\b/i, what: 'an ABI' },
  { word: /0x\[[0-9a-fA-F-]+\]\{40\}|0x[0-9a-fA-F]{40}\b/, what: 'an address or its pattern' },
];

/** Nothing outside a provisioner plugin knows which hypervisor it is. */
const HYPERVISOR = [{ word: /\b(libvirt|virsh|qemu|proxmox|pvesh|qm)\b/i, what: 'a word of one hypervisor' }];

/** Where the rule does not hold: tests, contracts, the test kit, and the build that knows every folder. */
const anyWord = (path: string) => isTest(path) || /^(contracts|scripts|kernel\/src\/testing)\//.test(path);

/** Folders of whoever wrote the code mean nothing to anybody else. */
const MACHINE_PATH = new RegExp(['(?<![\\w.])', 'work', '(main|shared)\\b'].join('/'));

export function vocabularyViolations({ path, text, code }: SourceFile): Violation[] {
  const violations: Violation[] = [];
  const look = (lines: string, words: readonly { word: RegExp; what: string }[], where: string) => {
    for (const { word, what } of words) {
      const [found] = word.exec(lines) ?? [];
      if (found !== undefined) violations.push({ path, message: `has ${what}, "${found}". ${where}` });
    }
  };
  if (!anyWord(path) && !isEngine(path)) look(code, CHAIN, 'Only engine plugins know their chain.');
  if (!anyWord(path) && !path.startsWith('plugins/provisioner-'))
    look(code, HYPERVISOR, 'Only provisioner plugins know their hypervisor.');
  look(text, [{ word: MACHINE_PATH, what: 'a path of one machine' }], 'Write it relative to the repository.');
  return violations;
}
