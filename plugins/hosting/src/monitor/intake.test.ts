import type { Logger, Scan } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import { Intake } from './intake.js';

describe('Intake', () => {
  let host: TestHost;
  let intake: Intake;

  beforeEach(async () => {
    host = await TestHost.create();
    const log: Logger = new RecordingLogger();
    intake = new Intake({ ...host, log });
  });
  afterEach(() => host.dispose());

  const purchase = (id: bigint): Scan['events'][number] => ({
    type: 'subscription-created',
    subscriptionId: id,
    planId: 1n,
    subscriber: 'somebody',
    expiresAt: 2_000_000_000,
    paidAmount: 1n,
    paymentToken: null,
    userEncrypted: '0x12',
    height: 7,
    blockHash: '0x07',
    transactionHash: `0x${id}`,
    transactionIndex: 0,
    logIndex: 0,
  });
  const scan: Scan = {
    tip: { height: 7, hash: '0x07', parentHash: '0x06', timestamp: 7 },
    events: [purchase(1n), purchase(2n), purchase(3n)],
    undecodable: [],
  };
  let moved: number;
  const take = (what: Scan = scan) =>
    intake
      .take(what, async () => {
        moved += 1;
      })
      .then(
        (taken) => taken.length,
        (error: Error) => error.message,
      );
  const ids = () => host.database('pipeline_entries').orderBy('seq').pluck('id');
  const refuseTheSecond = () =>
    host.database.raw(
      `create trigger refuse before insert on pipeline_entries when new.subscription_id = '2'
         begin select raise(abort, 'no such plan'); end`,
    );

  beforeEach(() => {
    moved = 0;
  });

  it('takes all of a span or nothing', async () => {
    await refuseTheSecond();
    expect(await take()).to.include('no such plan');
    expect(await ids()).to.deep.equal([]);
    await host.database.raw('drop trigger refuse');
    expect(await take()).to.equal(3);
    expect(await ids()).to.deep.equal(['create:1', 'create:2', 'create:3']);
  });

  it('puts an event aside that cannot be taken the fifth time, and takes those beside it', async () => {
    await refuseTheSecond();
    for (let tries = 0; tries < 4; tries += 1) expect(await take()).to.include('no such plan');
    expect(await ids()).to.deep.equal([]);
    expect(await take()).to.equal(2);
    expect(await ids()).to.deep.equal(['create:1', 'create:3']);
    const [letter] = await host.database('dead_letters');
    expect(letter).to.include({
      transaction_hash: '0x2',
      height: 7,
      reason: 'It could not be taken: no such plan',
    });
    expect(JSON.parse(letter.raw)).to.include({ type: 'subscription-created', subscriptionId: '2' });
    expect(moved).to.equal(1);
  });

  it('begins to count anew with each span', async () => {
    await refuseTheSecond();
    for (let tries = 0; tries < 4; tries += 1) await take();
    const other = { ...scan, tip: { ...scan.tip, height: 8 } };
    expect(await take(other)).to.include('no such plan');
    expect(await take()).to.include('no such plan');
    expect(await host.database('dead_letters').select()).to.deep.equal([]);
  });

  it('keeps the last 200 dead letters', async () => {
    const undecodable = Array.from({ length: 205 }, (_, index) => ({
      ...purchase(BigInt(index + 10)),
      reason: 'torn',
      raw: '{}',
    }));
    await take({ ...scan, events: [], undecodable });
    const kept = await host.database('dead_letters').orderBy('id').pluck('transaction_hash');
    expect(kept).to.have.lengthOf(200);
    expect(kept[0]).to.equal('0x15');
  });
});
