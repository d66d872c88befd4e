import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportMeasurement } from '../testing/report-measurement.js';
import { discover } from './discover.js';

// How long discovery of 100 plugins takes: the first call of a process, whose code is cold, and later ones.

const root = mkdtempSync(join(tmpdir(), 'discover-bench-'));
try {
  const share = join(root, 'usr/share/blockhost');
  mkdirSync(join(share, 'plugins.d'), { recursive: true });
  for (let index = 0; index < 100; index++) writePlugin(share, index);

  const paths = { root, share, resolve: (absolute: string) => join(root, absolute) };
  const times: number[] = [];
  for (let round = 0; round < 21; round++) {
    const started = performance.now();
    const found = discover({ paths });
    times.push(performance.now() - started);
    const wrong = found.find(({ problems }) => problems.length > 0);
    if (wrong || found.length !== 100) throw new Error(`not 100 valid plugins: ${JSON.stringify(wrong)}`);
  }
  const [first = 0, ...later] = times;
  later.sort((a, b) => a - b);
  const median = later[later.length >> 1] ?? 0;
  reportMeasurement({ what: 'discover 100 manifests, first time', value: first, unit: 'ms' });
  reportMeasurement({
    what: 'discover 100 manifests, later',
    value: median,
    unit: 'ms',
    budget: { atMost: 10 },
  });
} finally {
  rmSync(root, { recursive: true });
}

function writePlugin(share: string, index: number): void {
  const name = `plugin-${index}`;
  const home = join(share, 'homes', name);
  mkdirSync(join(home, 'dist/commands'), { recursive: true });
  for (const module of ['service', 'daemon', 'migrations'])
    writeFileSync(join(home, `dist/${module}.js`), '');
  const manifest = {
    schema: 1,
    name,
    version: '1.2.3',
    display_name: `Plugin ${index}`,
    description: 'One of a hundred plugins of about the size of a real one.',
    home: `/usr/share/blockhost/homes/${name}`,
    requires: { kernel: '^0.1', ports: ['chain-engine', 'provisioner'] },
    entries: {
      service: './dist/service.js',
      migrations: './dist/migrations.js',
      commands: './dist/commands',
      daemons: { [`daemon-${index}`]: './dist/daemon.js' },
    },
    contributes: {
      commands: ['list', 'show', 'check'].map((verb) => ({
        id: `${name} ${verb}`,
        summary: `The verb ${verb}`,
      })),
      short_names: { [`bh-${index}`]: `${name} list` },
      daemons: [{ id: `daemon-${index}`, summary: 'Does something all day' }],
    },
    failure_policy: 'optional',
    timeout_ms: 5000,
    bugs: 'https://example.org/issues',
    privileges: { paths: ['/var/lib/blockhost'], network: ['rpc'] },
  };
  writeFileSync(join(share, 'plugins.d', `${name}.json`), JSON.stringify(manifest, null, 2));
}
