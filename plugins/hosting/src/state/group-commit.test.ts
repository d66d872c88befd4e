import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import { GroupCommit } from './group-commit.js';

describe('GroupCommit', () => {
  let host: TestHost;
  let transactions: number;
  let commits: GroupCommit;
  beforeEach(async () => {
    host = await TestHost.create();
    transactions = 0;
    commits = new GroupCommit((act) => {
      transactions += 1;
      return host.database.transaction(async (tx) => act(tx));
    });
  });
  afterEach(() => host.dispose());

  const count = (next_id: number) =>
    commits.run(async (tx) => {
      const row = await tx('token_counter').first('next_id');
      await tx('token_counter')
        .insert({ id: 1, next_id: String(Number(row?.next_id ?? 0) + next_id) })
        .onConflict('id')
        .merge();
      return next_id;
    });
  const counted = async () => (await host.database('token_counter').first('next_id'))?.next_id;

  it('makes changes that come at once durable together, each after the one before', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    expect(await Promise.all(numbers.map(count))).to.deep.equal(numbers);
    expect(await counted()).to.equal('780');
    expect(transactions).to.equal(2);
  });

  it('undoes the one that fails, and tells the others of success', async () => {
    const failing = commits.run(async (tx) => {
      await tx('token_counter').insert({ id: 1, next_id: '1000' }).onConflict('id').merge();
      throw new Error('no');
    });
    const outcomes = await Promise.allSettled([count(1), failing, count(2), failing, count(3)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await counted()).to.equal('6');
  });

  it('tells nobody of success when the commit fails', async () => {
    const broken = new GroupCommit(async (act) => {
      await host.database.transaction(async (tx) => {
        await act(tx);
        throw new Error('the disk is full');
      });
    });
    const all = await Promise.allSettled([1, 2, 3].map((number) => broken.run(async () => number)));
    expect(all.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(await commits.run(async () => 'on')).to.equal('on');
  });
});
