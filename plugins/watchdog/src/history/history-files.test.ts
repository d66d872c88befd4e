import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryFiles, SLOT_MS } from './history-files.js';

const DAY_MS = 86_400_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
const vm = { name: 'vm-1', operationId: 'op-1' };
const span = (mean: number, most = mean, samples = 1) => ({ mean, most, samples });

describe('the history of VMs', () => {
  let state: string;
  let files: HistoryFiles;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'blockhost-history-'));
    files = new HistoryFiles({ state });
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  const base = () => join(state, 'watchdog', 'history');
  const onlyFile = async () => {
    const [folder = ''] = await readdir(base());
    const [file = ''] = await readdir(join(base(), folder));
    return join(base(), folder, file);
  };

  it('is read back by time, oldest first, with what was known', async () => {
    await files.add(vm, NOON + SLOT_MS, [span(3.1234, 9.96, 30), null, null, span(8)]);
    await files.add(vm, NOON, [span(1)]);
    expect(await files.read(vm, NOON)).to.deep.equal([
      { at: '2026-03-01T12:00:00.000Z', metrics: { cpu_percent: [1, 1, 1] } },
      { at: '2026-03-01T12:05:00.000Z', metrics: { cpu_percent: [3.1, 10, 30], rx_kbps: [8, 8, 1] } },
    ]);
    expect(await files.read(vm, NOON + SLOT_MS)).to.have.length(1);
    expect(await files.read({ ...vm, name: 'nobody' }, 0)).to.deep.equal([]);
  });

  it('is not that of another VM which had the name before', async () => {
    await files.add(vm, NOON, [span(1)]);
    expect(await files.read({ ...vm, operationId: 'op-2' }, 0)).to.deep.equal([]);
  });

  it('joins what two processes wrote of the same five minutes', async () => {
    await files.add(vm, NOON, [span(10, 20, 1)]);
    await files.add(vm, NOON, [span(40, 50, 3), span(7)]);
    expect(await files.read(vm, 0)).to.deep.equal([
      { at: '2026-03-01T12:00:00.000Z', metrics: { cpu_percent: [32.5, 50, 4], memory_mb: [7, 7, 1] } },
    ]);
  });

  it('loses a line that a crash has torn, and nothing else', async () => {
    await files.add(vm, NOON, [span(1)]);
    await appendFile(await onlyFile(), '{"at":"2026-03-01T12:05:00.000Z","met');
    await files.add(vm, NOON + 2 * SLOT_MS, [span(3)]);
    expect((await files.read(vm, 0)).map(({ at }) => at)).to.deep.equal([
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T12:10:00.000Z',
    ]);
    for (const line of ['null', '7', '{"at":5}', '{"at":"x","metrics":{}}'])
      await appendFile(await onlyFile(), `${line}\n`);
    expect(await files.read(vm, 0)).to.have.length(2);
  });

  it('writes nothing where nothing was known', async () => {
    await files.add(vm, NOON, [null, null]);
    expect(await readdir(state)).to.deep.equal([]);
  });

  it('is readable for the group of the service and nobody else', async () => {
    await files.add(vm, NOON, [span(1)]);
    expect((await stat(await onlyFile())).mode & 0o777).to.equal(0o640);
    expect((await stat(base())).mode & 0o777).to.equal(0o750);
  });

  it('is bounded: a day goes after thirty, and with the last the folder of its VM', async () => {
    const gone = { name: 'vm-0', operationId: 'op-0' };
    await files.add(gone, NOON, [span(1)]);
    for (let day = 0; day <= 31; day += 1) await files.add(vm, NOON + day * DAY_MS, [span(day)]);
    await files.forget(NOON + 31 * DAY_MS);
    expect((await files.read(vm, 0)).map(({ metrics }) => metrics.cpu_percent?.[0])).to.deep.equal(
      Array.from({ length: 31 }, (_, index) => index + 1),
    );
    expect((await readdir(base())).map((name) => name.split('.')[0])).to.deep.equal(['vm-1']);
    expect(await readFile(await onlyFile(), 'utf8')).to.contain('cpu_percent');
  });
});
