import { join } from 'node:path';
import { expect } from 'chai';
import type { ManifestProblem } from '../manifests/problem.js';
import { formatProblems } from './format-problems.js';

const problem = (facts: Partial<ManifestProblem>): ManifestProblem => ({
  severity: 'error',
  file: join(process.cwd(), 'provisioner.json'),
  pointer: '',
  expected: 'is wrong.',
  ...facts,
});

describe('formatProblems', () => {
  it('aligns the sentences beside their pointers, with the nearest name', () => {
    const problems = [
      problem({
        pointer: '/provides/0/port',
        found: '"provisoner"',
        expected: '"provisoner" is not a port.',
        nearest: 'provisioner',
      }),
      problem({
        pointer: '/requires/kernel',
        found: '"1"',
        expected: '"1" is not a version range that names a breaking level. Write "^1.0".',
      }),
      problem({
        pointer: '/setup/finalization_steps',
        expected: 'lists "acount", but ./dist/finalization.js exports "account".',
      }),
    ];
    expect(formatProblems(problems).split('\n')).to.deep.equal([
      'provisioner.json: 3 problems',
      '  /provides/0/port            "provisoner" is not a port. Did you mean "provisioner"?',
      '  /requires/kernel            "1" is not a version range that names a breaking level. Write "^1.0".',
      '  /setup/finalization_steps   lists "acount", but ./dist/finalization.js exports "account".',
      'See manifests/README.md#provisioner',
    ]);
  });

  it('marks warnings, counts them apart, and names the package', () => {
    const problems = [
      problem({ file: '/usr/share/blockhost/engine.json', package: 'blockhost-engine-demo' }),
      problem({
        file: '/usr/share/blockhost/engine.json',
        severity: 'warning',
        pointer: '/nmae',
        expected: 'is not a known key.',
      }),
    ];
    expect(formatProblems(problems).split('\n')).to.deep.equal([
      '/usr/share/blockhost/engine.json (package blockhost-engine-demo): 1 problem, 1 warning',
      '          is wrong.',
      '  /nmae   warning: is not a known key.',
      'See manifests/README.md#engine',
    ]);
  });

  it('keeps a long pointer from pushing the other sentences away', () => {
    const long = `/contributes/short_names/${'x'.repeat(60)}`;
    const text = formatProblems([problem({ pointer: '/name' }), problem({ pointer: long })]);
    expect(text.split('\n').slice(1, 4)).to.deep.equal([
      '  /name   is wrong.',
      `  ${long}`,
      '          is wrong.',
    ]);
  });

  it('prints control characters and marks of writing direction as escapes', () => {
    const forged = formatProblems([problem({ pointer: '/a\n\u001b[2J\u202e', file: '/x\r.json' })]);
    expect(forged).to.equal(
      '/x\\u000d.json: 1 problem\n  /a\\u000a\\u001b[2J\\u202e   is wrong.\nSee manifests/README.md#plugin',
    );
  });

  it('says nothing when there is nothing to say', () => {
    expect(formatProblems([])).to.equal('');
  });
});
