import { expect } from 'chai';
import { actViolations } from './act-rules.js';
import { dependencyViolations } from './dependency-rules.js';
import { failpointViolations } from './failpoint-rules.js';
import { scopeViolations } from './scope-rules.js';
import { KERNEL_PARTS, kernelLines, sizeViolations } from './size-rules.js';
import { readSources, type Violation } from './source-file.js';
import { stepViolations } from './step-rules.js';
import { testViolations } from './test-rules.js';
import { vocabularyViolations } from './vocabulary-rules.js';
import { readWorkspaces } from './workspaces.js';

describe('the repository', function () {
  this.timeout(20_000);
  const files = readSources();
  const workspaces = readWorkspaces();

  it('is read: kernel, plugins and tests', () => {
    for (const path of ['kernel/src/index.ts', 'test/lint/repository.test.ts'])
      expect(files.map((file) => file.path)).to.include(path);
    expect(workspaces.map(({ name }) => name)).to.include.members(['@blockhost/kernel', 'blockhost']);
  });

  it('keeps the rules of dependency', () => {
    report(files.flatMap((file) => dependencyViolations(file, workspaces)));
  });

  it('speaks of chains in engine plugins only, and of hypervisors in provisioner plugins only', () => {
    report(files.flatMap(vocabularyViolations));
  });

  it('has no file that is too long', () => {
    report(files.flatMap(sizeViolations));
  });

  for (const { part, most } of KERNEL_PARTS)
    it(`keeps the ${part} of the kernel small`, () => {
      const folders = [...(kernelLines(files).get(part) ?? [])].sort(([, a], [, b]) => b - a);
      const total = folders.reduce((sum, [, lines]) => sum + lines, 0);
      console.log(`      ${total} lines (${folders.map(([name, lines]) => `${name} ${lines}`).join(', ')})`);
      expect(total, `lines of its ${part}; move out what is none of it`).to.be.within(1, most);
    });

  it('hides no test', () => {
    report(files.flatMap(testViolations));
  });

  it('holds a lock until what it protects is over', () => {
    report(files.flatMap(scopeViolations));
  });

  it('has failpoints around every step of every pipeline', () => {
    report([...stepViolations(files), ...actViolations(files), ...failpointViolations(files)]);
  });
});

function report(violations: readonly Violation[]): void {
  const lines = violations.map(({ path, message }) => `${path} ${message}`);
  if (lines.length > 0) throw new Error(`${lines.length} violations:\n${lines.join('\n')}`);
}
