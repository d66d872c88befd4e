import { expect } from 'chai';
import { ACTS, actViolations } from './act-rules.js';
import { dependencyViolations } from './dependency-rules.js';
import { failpointViolations } from './failpoint-rules.js';
import { scopeViolations } from './scope-rules.js';
import { codeLines, sizeViolations } from './size-rules.js';
import { readSources, type SourceFile, sourceOf } from './source-file.js';
import { stepViolations } from './step-rules.js';
import { testViolations } from './test-rules.js';
import { vocabularyViolations } from './vocabulary-rules.js';
import { workspaceOf } from './workspaces.js';

const workspaces = [
  workspaceOf('kernel', {
    name: '@blockhost/kernel',
    dependencies: { ajv: '8' },
    exports: { '.': '', './store': '' },
  }),
  workspaceOf('plugins/hosting', { name: '@blockhost/hosting', dependencies: { '@blockhost/kernel': '0' } }),
  workspaceOf('plugins/admin', {
    name: '@blockhost/admin',
    dependencies: { '@blockhost/hosting': '0', '@blockhost/contracts-x': '0' },
  }),
  workspaceOf('contracts/x', { name: '@blockhost/contracts-x' }),
  workspaceOf('', { name: 'blockhost', devDependencies: { chai: '6' } }),
];

const dependencies = (path: string, text: string) =>
  dependencyViolations(sourceOf(path, text), workspaces).map(({ message }) => message);

describe('the lint', () => {
  for (const [what, path, text, message] of [
    [
      'a kernel that imports a plugin',
      'kernel/src/x.ts',
      "import '@blockhost/hosting';",
      'imports no plugin',
    ],
    [
      'a kernel that imports a plugin by path',
      'kernel/src/x.ts',
      "import { a } from '../../plugins/a.js';",
      'leaves its workspace',
    ],
    [
      'a kernel that imports a plugin at need',
      'kernel/src/x.ts',
      `await ${'import'}('@blockhost/hosting');`,
      'imports no plugin',
    ],
    [
      'a plugin that imports another',
      'plugins/admin/src/x.ts',
      "import type { A } from '@blockhost/hosting';",
      'meet through a port',
    ],
    [
      'a plugin that reaches behind the kernel',
      'plugins/hosting/src/x.ts',
      "import { A } from '@blockhost/kernel/dist/a.js';",
      'no public entry',
    ],
    [
      'contracts outside an engine',
      'plugins/admin/src/x.ts',
      "import a from '@blockhost/contracts-x';",
      'engine plugin',
    ],
    [
      'a package that is not declared',
      'plugins/hosting/src/x.ts',
      "export * from 'ajv/dist/2020.js';",
      'ajv',
    ],
    [
      'a package for development in the product',
      'plugins/hosting/src/x.ts',
      "import { expect } from 'chai';",
      'chai',
    ],
    ['a computed module', 'plugins/hosting/src/x.ts', 'await import(name);', 'computed module name'],
  ] as const)
    it(`finds ${what}`, () => {
      const found = dependencies(path, text);
      expect(found).to.have.length(1);
      expect(found[0]).to.contain(message);
    });

  it('accepts public entries, Node’s own modules, declared packages, its own files and test tools in tests', () => {
    expect(
      dependencies(
        'plugins/hosting/src/x.test.ts',
        "import '@blockhost/kernel';\nimport { a } from '@blockhost/kernel/store';\nimport fs from 'node:fs';\nimport './y.js';\nimport { expect } from 'chai';\nkernel.import(plugin, id);",
      ),
    ).to.deep.equal([]);
    expect(dependencies('kernel/src/x.ts', `await ${'import'}('ajv');`)).to.deep.equal([]);
  });

  it('finds chain words outside engines, in code but not in comments', () => {
    const bad = sourceOf('plugins/hosting/src/x.ts', 'const pattern = /^0x[0-9a-fA-F]{40}$/;');
    expect(vocabularyViolations(bad)).to.have.length(1);
    const remark = sourceOf('plugins/hosting/src/x.ts', '// On an EVM chain this is …\nexport const a = 1;');
    expect(vocabularyViolations(remark)).to.deep.equal([]);
    expect(vocabularyViolations({ ...bad, path: 'plugins/engine-x/src/x.ts' })).to.deep.equal([]);
  });

  it('finds hypervisor words outside provisioners', () => {
    const bad = sourceOf('kernel/src/x.ts', "run(['virsh', 'start']);");
    expect(vocabularyViolations(bad).map(({ message }) => message)[0]).to.contain('"virsh"');
    expect(vocabularyViolations({ ...bad, path: 'plugins/provisioner-x/src/x.ts' })).to.deep.equal([]);
  });

  it('finds a path of one machine, also in a comment', () => {
    const path = ['', 'work', 'main', 'x'].join('/');
    expect(vocabularyViolations(sourceOf('kernel/src/x.ts', `// see ${path}`))).to.have.length(1);
  });

  it('finds files that are too long, and counts code without blanks and comments', () => {
    expect(sizeViolations(sourceOf('kernel/src/x.ts', 'a;\n'.repeat(401)))).to.have.length(1);
    expect(sizeViolations(sourceOf('kernel/src/x.ts', 'a;\n'.repeat(400)))).to.deep.equal([]);
    expect(codeLines('/** one\n * two\n */\n\nconst a = 1; // three\n// four\n')).to.equal(1);
  });

  it('finds tests that hide others, or themselves without a reason', () => {
    const cases = (text: string) => testViolations(sourceOf('test/x.test.ts', text)).length;
    expect(cases(`describe.${'only'}('a', () => {});`)).to.equal(1);
    expect(cases(`it.${'skip'}('does x', () => {});`)).to.equal(1);
    expect(cases(`it.${'skip'}('does x, because y is not there yet', () => {});`)).to.equal(0);
  });

  it('finds locks that are given back before their work is done', () => {
    const held = (line: string) =>
      scopeViolations(
        sourceOf('plugins/x/src/a.ts', `function a() {\n  using _ = lock();\n  ${line}\n    b();\n  });\n}`),
      ).length;
    expect(held('return withRun(run, async () => {')).to.equal(1);
    expect(held('return await withRun(run, async () => {')).to.equal(0);
    const tried = (end: string) =>
      scopeViolations(
        sourceOf(
          'plugins/x/src/a.ts',
          `function a() {\n  try {\n    return act(async () => {\n    });\n  } ${end} {\n    b();\n  }\n}`,
        ),
      ).length;
    expect(tried('finally')).to.equal(1);
    expect(tried('catch')).to.equal(0);
  });

  it('finds steps without failpoints, and pipelines it does not know', () => {
    const stage = (code: string): SourceFile => sourceOf('plugins/hosting/src/pipeline.ts', code);
    expect(stepViolations([stage('await run.step(stage.name, () => stage.act(entry));')])).to.deep.equal([]);
    expect(stepViolations([stage('await stage.act(entry);')])[0]?.message).to.contain('without a failpoint');
    expect(stepViolations([stage('await other(entry);')])[0]?.message).to.contain('does not know');
    const service = sourceOf(
      'plugins/provisioner-x/src/service.ts',
      'class X {\n  async create(a) {\n    make(a);\n  }\n}',
    );
    expect(stepViolations([service])[0]?.message).to.contain('outside run.step');
  });

  it('finds durable acts without a failpoint on either side', () => {
    const rules = [{ what: 'a payment', path: /^plugins\/x\//, act: /\bpay\(/g }];
    const found = (code: string) =>
      actViolations([sourceOf('plugins/x/src/a.ts', code)], rules).map(({ message }) => message);
    for (const guarded of [
      "await run.step('pay', () => pay(1));",
      "await run.step('pay :-)', async () => {\n  if (due(1)) await pay(1);\n});",
      'await settle({ journal: { save: () => pay(1) } });',
      "failpoint('x.pay:before');\nawait pay(1);\nfailpoint('x.pay:after');",
    ])
      expect(found(guarded), guarded).to.deep.equal([]);
    for (const bare of [
      'await pay(1);',
      "await run.step('plan', () => plan(1));\nawait pay(1);",
      "failpoint('x.pay:before');\nawait pay(1);",
      "function a() {\n  failpoint('a');\n}\nfunction b() {\n  pay(1);\n}\nfunction c() {\n  failpoint('c');\n}",
    ])
      expect(found(bare)[0], bare).to.contain('without a failpoint before and after');
    expect(found('await settle(1);')[0]).to.contain('does not know');
  });

  it('finds failpoints with one side, and lists of them at which nothing is killed', () => {
    const found = (...sources: SourceFile[]) => failpointViolations(sources).map(({ message }) => message);
    const product = (code: string) => sourceOf('plugins/x/src/a.ts', code);
    expect(found(product("failpoint('a.b:before'); failpoint('a.b:after');"))).to.deep.equal([]);
    expect(found(product("failpoint('a.b:before'); failpoint('a.c:after');"))).to.have.lengthOf(2);
    const list = product("export const xFailpoints = ['a.b:before'];");
    const whole = sourceOf('plugins/x/src/b.ts', 'export const allFailpoints = [...xFailpoints];');
    const test = sourceOf('test/failpoints/x.test.ts', 'for (const name of allFailpoints) kill(name);');
    expect(found(list, whole)).to.have.lengthOf(2);
    expect(found(list, whole, test)).to.deep.equal([]);
    expect(found(list, test)).to.have.lengthOf(1);
  });

  it('notices in every pipeline when its steps lose their failpoints', () => {
    const bare = readSources().map(({ path, text, code }) => ({
      path,
      text,
      code: code.replaceAll(/\b(?:step|settle|failpoint)\(/g, 'without('),
    }));
    for (const rule of ACTS)
      expect(actViolations(bare, [rule])[0]?.message, rule.what).to.contain('without a failpoint');
  });
});
