import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discover, formatProblems, type ManifestKind } from '@blockhost/kernel';
import { expect } from 'chai';

interface Fixture {
  /** What the report proves, as the end of a sentence. */
  readonly about: string;
  readonly kind: ManifestKind;
  readonly manifest?: unknown;
  /** Instead of `manifest`, when it is not JSON or would not survive being written again. */
  readonly text?: string;
  readonly strict?: boolean;
  /** The golden lines; paths are shown below the share folder. */
  readonly report: readonly string[];
}

const fixtures = join(import.meta.dirname, '../../../kernel/manifests/fixtures');

describe('reports of manifests', () => {
  let root: string;
  let share: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'golden-'));
    share = join(root, 'usr/share/blockhost');
  });
  beforeEach(async () => {
    await mkdir(join(share, 'plugins.d'), { recursive: true });
    await writeFile(join(root, 'outside.js'), '');
    for (const home of [share, join(share, 'plugins.d')]) {
      await mkdir(join(home, 'dist'));
      for (const module of ['service', 'wizard', 'finalization'])
        await writeFile(join(home, `dist/${module}.js`), '');
      await symlink(join(root, 'outside.js'), join(home, 'link-out.js'));
      await symlink(root, join(home, 'linked-out'));
    }
    await writeFile(join(root, 'x.js'), '');
  });
  afterEach(() => rm(share, { recursive: true }));
  after(() => rm(root, { recursive: true }));

  for (const name of readdirSync(fixtures).sort()) {
    const { about, kind, manifest, text, strict, report }: Fixture = JSON.parse(
      readFileSync(join(fixtures, name), 'utf8'),
    );
    it(`${about} (${name})`, async () => {
      const file = kind === 'plugin' ? 'plugins.d/demo.json' : `${kind}.json`;
      await writeFile(join(share, file), text ?? JSON.stringify(manifest));
      const paths = { root, share, resolve: (absolute: string) => join(root, absolute) };
      const found = discover({ paths, strict: strict ?? false });
      expect(found).to.have.length(1);
      const printed = formatProblems(found.flatMap(({ problems }) => problems)).replaceAll(`${share}/`, '');
      expect(printed.split('\n')).to.deep.equal(report.length === 0 ? [''] : report);
    });
  }
});
