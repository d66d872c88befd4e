import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { Knex } from 'knex';
import type { Migration } from '../entries/migrations.js';
import { hasCode } from '../errors/blockhost-error.js';
import { databaseFile, openDatabase } from './database.js';

const createNotes: Migration = {
  id: '0001-notes',
  up: (tx) => tx.schema.createTable('notes', (table) => void table.text('text').notNullable()),
};
const addAuthor: Migration = {
  id: '0002-author',
  up: (tx) => tx.schema.alterTable('notes', (table) => void table.text('author')),
};

describe('openDatabase', () => {
  let state: string;
  const opened: Knex[] = [];

  beforeEach(async () => {
    state = await mkdtemp(path.join(tmpdir(), 'blockhost-store-'));
  });

  afterEach(async () => {
    for (const database of opened.splice(0)) await database.destroy();
    await rm(state, { recursive: true, force: true });
  });

  const open = async (...migrations: Migration[]): Promise<Knex> => {
    const database = await openDatabase({ paths: { state }, migrations: [{ plugin: 'notes', migrations }] });
    opened.push(database);
    return database;
  };
  const failure = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );

  it('creates a durable file that only its owner and group can read', async () => {
    const database = await open();
    const [journal, synchronous, foreignKeys] = await Promise.all([
      database.raw('pragma journal_mode'),
      database.raw('pragma synchronous'),
      database.raw('pragma foreign_keys'),
    ]);
    expect(journal).to.deep.equal([{ journal_mode: 'wal' }]);
    expect(synchronous).to.deep.equal([{ synchronous: 2 }]);
    expect(foreignKeys).to.deep.equal([{ foreign_keys: 1 }]);
    for (const suffix of ['', '-wal', '-shm']) {
      const { mode } = await stat(`${databaseFile({ state })}${suffix}`);
      expect(mode & 0o777).to.equal(0o640);
    }
  });

  it('applies each migration once, in order, however often it is opened', async () => {
    await (await open(createNotes))('notes').insert({ text: 'first' });
    const database = await open(createNotes, addAuthor);
    await open(createNotes, addAuthor);
    expect(await database('notes').select('text', 'author')).to.deep.equal([{ text: 'first', author: null }]);
    expect(await database('kernel_migrations').orderBy('id').pluck('id')).to.deep.equal([
      '0001-notes',
      '0002-author',
    ]);
  });

  it('leaves no trace of a migration that failed half-way and applies it again', async () => {
    const broken: Migration = {
      id: addAuthor.id,
      async up(tx) {
        await addAuthor.up(tx);
        throw new Error('the disk is full');
      },
    };
    const error = await failure(open(createNotes, broken));
    expect(hasCode(error, 'store.migration-failed')).to.equal(true);
    const database = await open(createNotes, addAuthor);
    expect(await database('notes').columnInfo()).to.have.all.keys('text', 'author');
  });

  it('lets processes that start together apply each migration once', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => open(createNotes, addAuthor)));
    expect(await databases[0]?.('kernel_migrations').select('id')).to.have.lengthOf(2);
  });

  it('refuses a database that a newer version has written', async () => {
    await open(createNotes, addAuthor);
    const error = await failure(open(createNotes));
    expect(hasCode(error, 'store.newer-than-code')).to.equal(true);
    expect(error).to.have.nested.property('facts.unknown migrations', '0002-author');
  });

  it('never loses an increment to two writers that read before they write', async () => {
    const [one, two] = await Promise.all([open(createNotes), open(createNotes)]);
    await one('notes').insert({ text: '0' });
    const increment = (database: Knex) =>
      database.transaction(async (tx) => {
        const row = await tx('notes').first('text');
        await tx('notes').update({ text: String(Number(row.text) + 1) });
      });
    await Promise.all(
      [one, two].map(async (database) => {
        for (let count = 0; count < 25; count += 1) await increment(database);
      }),
    );
    expect(await one('notes').pluck('text')).to.deep.equal(['50']);
  });

  it('names the file and the remedy when the folder cannot be used', async () => {
    const blocked = path.join(state, 'a-file');
    await writeFile(blocked, '');
    const refused = await failure(
      openDatabase({ paths: { state: path.join(blocked, 'x') }, migrations: [] }),
    );
    expect(hasCode(refused, 'store.cannot-open')).to.equal(true);
    expect(refused).to.have.nested.property('facts.file').that.includes('a-file');
  });

  it('says that a damaged file is damaged, and leaves it as it is', async () => {
    const file = databaseFile({ state });
    await writeFile(file, 'not a database '.repeat(1_000));
    const refused = await failure(open(createNotes));
    expect(hasCode(refused, 'store.damaged')).to.equal(true);
    expect(await readFile(file, 'utf8')).to.match(/^not a database/);
  });

  it('starts no empty database where the one of a host that was set up is gone', async () => {
    await open(createNotes);
    await writeFile(path.join(state, '.setup-complete'), '');
    await open(createNotes);
    for (const database of opened.splice(0)) await database.destroy();
    await rm(databaseFile({ state }));
    expect(hasCode(await failure(open(createNotes)), 'store.lost')).to.equal(true);
    expect(hasCode(await failure(open(createNotes)), 'store.lost')).to.equal(true);
  });

  for (const [url, code] of [
    ['postgres://blockhost:hush-hush@127.0.0.1:1/blockhost', 'store.unreachable'],
    ['mysql://blockhost:hush-hush@localhost/blockhost', 'store.bad-url'],
    ['postgres://blockhost:hush-hush@local host/blockhost', 'store.bad-url'],
  ] as const)
    it(`refuses ${url.replace(/:.*@/, '://')} with ${code} and without its password`, async () => {
      const error = await failure(openDatabase({ paths: { state }, migrations: [], url }));
      expect(hasCode(error, code)).to.equal(true);
      expect(inspect(error, { depth: 9 })).to.not.include('hush');
    });
});
