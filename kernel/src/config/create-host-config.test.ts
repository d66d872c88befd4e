import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type BlockhostError, hasCode } from '../errors/blockhost-error.js';
import { resolvePaths } from '../paths/resolve-paths.js';
import type { ConfigFile, HostConfig } from '../ports/config.js';
import { createHostConfig } from './create-host-config.js';

interface Content {
  readonly port: number;
  readonly name?: string;
  readonly inner?: Readonly<Record<string, number>>;
  readonly [key: string]: unknown;
}

const schema = {
  type: 'object',
  properties: {
    port: { type: 'integer', minimum: 1 },
    name: { type: 'string' },
    inner: { type: 'object', properties: { a: { type: 'integer' } } },
  },
  required: ['port'],
};
const YAML: ConfigFile<Content> = { name: 'x.yaml', format: 'yaml', mode: 0o640, schema };
const JSON_FILE: ConfigFile<Content> = { name: 'x.json', format: 'json', mode: 0o644, schema };
const TEXT: ConfigFile<string> = {
  name: 'x.key',
  format: 'text',
  mode: 0o640,
  schema: { type: 'string', pattern: '^a+$' },
};

describe('createHostConfig', () => {
  let root: string;
  let folder: string;
  let config: HostConfig;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'blockhost-config-'));
    const paths = resolvePaths({ BLOCKHOST_ROOT: root });
    folder = paths.config;
    mkdirSync(folder, { recursive: true });
    config = createHostConfig({ paths, development: false });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const file = (name: string) => join(folder, name);
  const text = (name: string) => readFileSync(file(name), 'utf8');
  const mode = (name: string) => statSync(file(name)).mode & 0o777;
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail('it did not fail'),
      (error: BlockhostError) => error,
    );

  it('names the searched paths of a missing file, and answers null when asked whether it is there', async () => {
    const error = await failure(config.read(YAML));
    expect(error.code).to.equal('config.missing');
    expect(error.facts.searched).to.equal(file('x.yaml'));
    expect(await config.find(YAML)).to.equal(null);
  });

  it('looks into ./config in development only, and after the host’s own folder', async () => {
    const before = process.cwd();
    process.chdir(root);
    try {
      mkdirSync('config');
      writeFileSync('config/x.json', '{"port":1}');
      const developing = createHostConfig({
        paths: resolvePaths({ BLOCKHOST_ROOT: root }),
        development: true,
      });
      expect(await config.find(JSON_FILE)).to.equal(null);
      expect(await developing.read(JSON_FILE)).to.deep.equal({ port: 1 });
      writeFileSync(file('x.json'), '{"port":2}');
      expect(await developing.read(JSON_FILE)).to.deep.equal({ port: 2 });
      const missing = await failure(developing.read(YAML));
      expect(missing.facts.searched).to.contain(join(process.cwd(), 'config/x.yaml'));
    } finally {
      process.chdir(before);
    }
  });

  it('reads what it wrote, in every format', async () => {
    for (const each of [YAML, JSON_FILE]) {
      await config.write(each, { port: 8443, name: 'a: b # "c"\n' });
      expect(await config.read(each)).to.deep.equal({ port: 8443, name: 'a: b # "c"\n' });
    }
    await config.write(TEXT, 'aaa');
    expect(text('x.key')).to.equal('aaa\n');
    expect(await config.read(TEXT)).to.equal('aaa');
  });

  it('writes JSON with sorted keys and a line feed at its end', async () => {
    await config.write(JSON_FILE, { z: 1, port: 2, inner: { b: 1, a: 2 } });
    expect(text('x.json')).to.equal(
      '{\n  "inner": {\n    "a": 2,\n    "b": 1\n  },\n  "port": 2,\n  "z": 1\n}\n',
    );
  });

  it('gives a file its mode whatever the umask, and leaves no other file behind', async () => {
    const before = process.umask(0o077);
    try {
      await config.write(JSON_FILE, { port: 1 });
      await config.write(YAML, { port: 1 });
    } finally {
      process.umask(before);
    }
    expect(mode('x.json')).to.equal(0o644);
    expect(mode('x.yaml')).to.equal(0o640);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.lock'))).to.have.members([
      'x.json',
      'x.yaml',
    ]);
  });

  it('tightens a file whose mode somebody loosened', async () => {
    await config.write(YAML, { port: 1 });
    chmodSync(file('x.yaml'), 0o666);
    await config.update(YAML, () => ({ port: 2 }));
    expect(mode('x.yaml')).to.equal(0o640);
  });

  it('replaces a symbolic link instead of writing through it', async () => {
    writeFileSync(join(root, 'victim'), '{"port":9}');
    symlinkSync(join(root, 'victim'), file('x.json'));
    await config.write(JSON_FILE, { port: 1 });
    expect(lstatSync(file('x.json')).isFile()).to.equal(true);
    expect(readFileSync(join(root, 'victim'), 'utf8')).to.equal('{"port":9}');
  });

  it('keeps comments, order and unknown keys of YAML when it changes a value', async () => {
    writeFileSync(
      file('x.yaml'),
      '# top\nport: 1 # of the page\nextra:\n  # deep\n  - a\nname: old\ninner:\n  a: 1 # kept\n',
    );
    await config.update(YAML, (present) => ({ ...present, port: 2, name: 'new', added: true }) as Content);
    expect(text('x.yaml')).to.equal(
      '# top\nport: 2 # of the page\nextra:\n  # deep\n  - a\nname: new\ninner:\n  a: 1 # kept\nadded: true\n',
    );
  });

  it('removes a key that a change leaves out', async () => {
    writeFileSync(file('x.yaml'), 'port: 1\nname: old\nextra: 1\n');
    await config.update(YAML, () => ({ port: 1 }));
    expect(text('x.yaml')).to.equal('port: 1\n');
  });

  it('keeps keys that the schema does not know when a file is written anew', async () => {
    for (const each of [YAML, JSON_FILE]) {
      writeFileSync(file(each.name), '{"port": 1, "name": "old", "extra": 1, "inner": {"a": 1, "later": 2}}');
      await config.write(each, { port: 2, inner: {} });
      expect(await config.read(each)).to.deep.equal({ port: 2, extra: 1, inner: { later: 2 } });
    }
  });

  it('loses no change of many at once', async () => {
    await config.write(JSON_FILE, { port: 1 });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        config.update(JSON_FILE, (present) => ({ port: (present?.port ?? 0) + 1 })),
      ),
    );
    expect((await config.read(JSON_FILE)).port).to.equal(21);
  });

  it('tells every mistake by place, found and expected, and never the value of text', async () => {
    writeFileSync(file('x.json'), '{"port":"hunter2","name":5}');
    const error = await failure(config.read(JSON_FILE));
    expect(error.code).to.equal('config.invalid');
    expect(error.sentence).to.contain('/port is text of 7 characters, expected integer');
    expect(error.sentence).to.contain('/name is number 5, expected string');
    expect(error.toHelp()).to.not.contain('hunter2');
  });

  it('tells where a file breaks its syntax without quoting it', async () => {
    writeFileSync(file('x.json'), '{\n  "port": hunter2\n}');
    writeFileSync(file('x.yaml'), 'port: 1\nname: "hunter2\n');
    for (const each of [JSON_FILE, YAML]) {
      const error = await failure(config.read(each));
      expect(error.code).to.equal('config.invalid');
      expect(error.toHelp())
        .to.match(/^ {2}because: (missing char at line \d+, column \d+|.*(line|position))/m)
        .and.not.contain('hunter2');
    }
  });

  it('refuses to write what its schema forbids, and to overwrite what it cannot read', async () => {
    await config.write(JSON_FILE, { port: 1 });
    expect((await failure(config.write(JSON_FILE, { port: 0 }))).code).to.equal('config.invalid');
    expect(await config.read(JSON_FILE)).to.deep.equal({ port: 1 });
    writeFileSync(file('x.json'), '{broken');
    expect((await failure(config.update(JSON_FILE, () => ({ port: 2 })))).code).to.equal('config.invalid');
    expect(text('x.json')).to.equal('{broken');
  });

  it('takes prototype keys for data at most', async () => {
    writeFileSync(
      file('x.json'),
      '{"port":1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    writeFileSync(file('x.yaml'), 'port: 1\n__proto__:\n  polluted: true\n');
    for (const each of [JSON_FILE, YAML]) {
      const content = await config.read(each);
      expect(Object.hasOwn(content, '__proto__')).to.equal(false);
      expect((content as { polluted?: unknown }).polluted).to.equal(undefined);
      await config.write(each, { port: 2 });
    }
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });

  it('names what to do when the folder is missing or something else stands there', async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    const error = await failure(config.write(JSON_FILE, { port: 1 }));
    expect(hasCode(error, 'lock.unusable')).to.equal(true);
    expect(error.remedy).to.contain('folder');
  });
});
