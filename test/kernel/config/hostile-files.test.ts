import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigFile, createHostConfig, isBlockhostError, resolvePaths } from '@blockhost/kernel';
import * as hostFiles from '@blockhost/kernel/host-files';
import { expect } from 'chai';

/** Never to be repeated in an error. */
const SECRET = 'c0ffee'.repeat(11).slice(0, 64);
const TIMES = 5_000;

const isFile = (value: unknown): value is ConfigFile<unknown> =>
  typeof value === 'object' && value !== null && 'name' in value && 'schema' in value && 'format' in value;

const files = Object.values(hostFiles as Readonly<Record<string, unknown>>).filter(isFile);

/** Ten levels of ten references each: ten thousand million values when somebody follows them. */
const bomb = `a0: &a0 [x]\n${Array.from({ length: 10 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(', ')}]`).join('\n')}\n`;

const contents: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  'white space': ' \n\t\n',
  'zero bytes': Buffer.alloc(4_096),
  'bytes that are no text': Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xa0, 0xa1]),
  'a secret in the wrong place': `{"${SECRET}": "${SECRET}"}`,
  'a secret and an open bracket': `{"key": "${SECRET}"`,
  'a list': '[1, 2, 3]',
  'lists in lists without end': '['.repeat(TIMES),
  'lists in lists, all of them closed': '['.repeat(TIMES) + ']'.repeat(TIMES),
  'objects in objects': `${'{"a":'.repeat(TIMES)}1${'}'.repeat(TIMES)}`,
  'a line of eight megabytes': 'a'.repeat(8 * 1024 * 1024),
  'references that multiply': bomb,
  'a reference to itself': 'a: &a [*a]\n',
  'the prototype of everything':
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  'a secret with a tag that nobody knows': `a: !!js/function "${SECRET}"\n`,
};

describe('files of the host with hostile content', function () {
  this.timeout(60_000);
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blockhost-hostile-'));
    folder = join(root, 'etc/blockhost');
    await mkdir(folder, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const outcome = async (file: ConfigFile<unknown>) => {
    const config = createHostConfig({ paths: resolvePaths({ BLOCKHOST_ROOT: root }) });
    return config.read(file).then(
      () => null,
      (error: unknown) => error,
    );
  };

  it('are all of them known here', () => {
    expect(files.map(({ name }) => name)).to.include.members([
      'addressbook.json',
      'blockhost.yaml',
      'web3-defaults.yaml',
      'db.yaml',
      'revenue-share.json',
      'admin-commands.json',
      'server.key',
      'deployer.key',
    ]);
  });

  for (const file of files)
    it(`are read or refused by name, and quoted nowhere: ${file.name}`, async () => {
      const warnings: string[] = [];
      const hear = ({ message }: Error) => void warnings.push(message);
      process.on('warning', hear);
      for (const [what, content] of Object.entries(contents)) {
        await writeFile(join(folder, file.name), content);
        const error = await outcome(file);
        if (error === null) continue;
        if (!isBlockhostError(error)) throw new Error(`${file.name} with ${what}`, { cause: error });
        expect(error.code, what).to.equal('config.invalid');
        expect(error.toHelp(), what).to.include(file.name);
        expect(error.toHelp().length, what).to.be.below(10_000);
        expect(error.toHelp(), what).not.to.include(SECRET.slice(0, 12));
      }
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', hear);
      expect(warnings.join('\n')).not.to.include(SECRET.slice(0, 12));
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });

  it('are refused when something else stands in their place', async () => {
    for (const [place, make] of Object.entries({
      'a folder': (path: string) => mkdir(path),
      'a link to nothing': (path: string) => symlink('nowhere', path),
      'a link to itself': (path: string) => symlink(path, path),
    }))
      for (const file of files) {
        await rm(join(folder, file.name), { recursive: true, force: true });
        await make(join(folder, file.name));
        const error = await outcome(file);
        if (!isBlockhostError(error)) throw new Error(`${file.name}, ${place}`, { cause: error });
        expect(error.code, `${file.name}, ${place}`).to.match(/^config\./);
        await rm(join(folder, file.name), { recursive: true, force: true });
      }
  });
});
