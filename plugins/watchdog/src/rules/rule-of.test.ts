import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostConfig, isBlockhostError, resolvePaths } from '@blockhost/kernel';
import { expect } from 'chai';
import { type MetricName, metric } from './metric.js';
import { readRules } from './plan-limits.js';
import { rulesOf } from './rule-of.js';

describe('the rules of a VM', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blockhost-watchdog-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const read = async (yaml: string | null) => {
    const paths = resolvePaths({ BLOCKHOST_ROOT: root });
    await mkdir(paths.config, { recursive: true });
    if (yaml !== null) await writeFile(join(paths.config, 'plan-limits.yaml'), yaml);
    return readRules(createHostConfig({ paths }));
  };
  const ruled = async (yaml: string, vm: { name: string; planId: string | null }) => {
    const rules = await read(yaml);
    return rules === null ? null : rulesOf(vm, rules).map(({ metric, limit }) => `${metric} ${limit}`);
  };
  const FILE = `
plans:
  "1": { cpu_percent: 100, rx_kbps: 8000, burst: { factor: 2, seconds: 60 } }
  "2": { memory_mb: 1024, actions: { throttle: false, suspend: true } }
default: { cpu_percent: 50 }
exempt: [spared]
`;

  it('are those of its plan, else the default, and none where it is exempt', async () => {
    expect(await ruled(FILE, { name: 'a', planId: '1' })).to.deep.equal(['cpu_percent 100', 'rx_kbps 8000']);
    expect(await ruled(FILE, { name: 'a', planId: '7' })).to.deep.equal(['cpu_percent 50']);
    expect(await ruled(FILE, { name: 'a', planId: null })).to.deep.equal(['cpu_percent 50']);
    expect(await ruled(FILE, { name: 'spared', planId: '1' })).to.deep.equal([]);
    expect(await ruled('plans: {}', { name: 'a', planId: '1' })).to.deep.equal([]);
  });

  it('only say what would be done unless told otherwise; without a file there are none', async () => {
    expect((await read(FILE))?.dryRun).to.equal(true);
    expect((await read(`${FILE}\ndry_run: false`))?.dryRun).to.equal(false);
    await rm(root, { recursive: true });
    expect(await read(null)).to.equal(null);
  });

  it('have the capacity of the burst, and throttle what can be throttled', async () => {
    const rules = await read(FILE);
    if (rules === null) throw new Error('no rules');
    const [cpu] = rulesOf({ name: 'a', planId: '1' }, rules);
    expect(cpu).to.include({ capacity: 6_000, mayThrottle: true, maySuspend: false });
    const [memory] = rulesOf({ name: 'a', planId: '2' }, rules);
    expect(memory).to.include({ capacity: 0.5 * 1_024 * 300, mayThrottle: false, maySuspend: true });
  });

  it('are inherited from nowhere', async () => {
    const yaml = 'plans: {"__proto__": {"1": {cpu_percent: 5}}}';
    for (const planId of ['1', '__proto__', 'constructor'])
      expect(await ruled(yaml, { name: 'a', planId })).to.deep.equal([]);
  });

  for (const [what, yaml, named] of [
    ['a misspelt limit', 'plans: {"1": {cpu_percnt: 5}}', /\/plans\/1 has the unknown key "cpu_percnt"/],
    ['a limit that is no whole number', 'plans: {"1": {rx_kbps: fast}}', /\/plans\/1\/rx_kbps is text/],
    ['a limit of nothing', 'default: {iops_read: 0}', /\/default\/iops_read is number 0/],
    ['a plan by a name', 'plans: {gold: {cpu_percent: 5}}', /unknown key "gold"/],
    ['a burst below the limit', 'default: {burst: {factor: 0.5}}', /\/default\/burst\/factor/],
    ['an action that does not exist', 'default: {actions: {destroy: true}}', /unknown key "destroy"/],
    ['a dry run that is no yes or no', 'dry_run: maybe', /\/dry_run is text/],
    ['a list in place of plans', 'plans: [1]', /\/plans is a list/],
    ['a name that is none', 'exempt: ["../x"]', /the name of a VM/],
    ['what is no YAML', 'plans: {', /plan-limits\.yaml/],
  ] as const)
    it(`are refused for ${what}, with the field and a remedy`, async () => {
      const error = await read(yaml).catch((thrown: unknown) => thrown);
      if (!isBlockhostError(error)) throw new Error('it was taken');
      expect(error.message).to.match(named);
      expect(error.remedy, 'remedy').to.be.a('string').and.not.equal('');
    });

  it('become limits of the provisioner in its own units', () => {
    const limits = (name: MetricName, limit: number, cpus = 2) => metric(name).throttle?.(limit, cpus);
    expect(limits('cpu_percent', 150)).to.deep.equal({ cpuQuotaPercent: 75 });
    expect(limits('cpu_percent', 1, 8)).to.deep.equal({ cpuQuotaPercent: 1 });
    expect(limits('cpu_percent', 900)).to.deep.equal({ cpuQuotaPercent: 100 });
    expect(limits('rx_kbps', 8_000)).to.deep.equal({ bandwidthInKbit: 8_000 });
    expect(limits('tx_kbps', 8_000)).to.deep.equal({ bandwidthOutKbit: 8_000 });
    expect(limits('iops_write', 5)).to.deep.equal({ iopsWrite: 5 });
    expect(limits('memory_mb', 5)).to.equal(undefined);
  });
});
