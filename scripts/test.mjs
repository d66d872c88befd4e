// Runs test suites and sums their figures up; the last line is `N passed, N failed[, N skipped]`.
import { spawn, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onRequest, suites } from './suites.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node/bin/node');
/** What runs on request may take its time. */
const timeLimitMs = (suite) => (suite in onRequest ? 120 : 15) * 60_000;
const all = { ...suites, ...onRequest };

const usage = `Usage: bin/test [SUITE…] [--without SUITE] [--list]

Runs every suite, or the named ones. Installs what they need, as root Debian packages too, and builds first.

  --list            name the suites
  --without SUITE   leave one out; it is counted as skipped
  --grep TEXT       only the cases whose name holds TEXT
  --one-by-one      no suite beside another; shows what each says at once

  bin/test unit
  bin/test kernel --grep "golden message"

Environment:
  BLOCKHOST_VECTORS=DIR   read the interoperability vectors of DIR instead of test/vectors
  BLOCKHOST_NIGHTLY=1     also sell fifty real virtual machines at once; takes some minutes more`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    without: { type: 'string', multiple: true, default: [] },
    grep: { type: 'string' },
    'one-by-one': { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (values.list) {
  for (const [name, { about }] of Object.entries(all)) console.log(`${name.padEnd(12)} ${about}`);
  process.exit(0);
}
for (const name of [...positionals, ...values.without])
  if (!(name in all)) {
    console.error(`There is no suite "${name}". Suites: ${Object.keys(all).join(', ')}.`);
    process.exit(2);
  }

/** Runs to the end and hands on what it prints; ends the whole process group when the time is over. */
function run(argv, { env = {}, limitMs = timeLimitMs('unit'), print = writeOut } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const [program, ...args] = argv[0] === 'node' ? [node, ...argv.slice(1)] : argv;
    const child = spawn(program, args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    child.stdout.on('data', (data) => {
      print(data);
      output = (output + data).slice(-4096);
    });
    child.stderr.on('data', print);
    const timer = setTimeout(() => {
      print(`test: ${argv.join(' ')} ran longer than ${limitMs / 60_000} minutes\n`);
      process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

function writeOut(data) {
  process.stdout.write(data);
}

/** The compiled files of each suite; one that belongs to two suites runs with the first. */
function filesBySuite(names) {
  const taken = new Set();
  const files = new Map();
  for (const name of names)
    for (const part of all[name].parts) {
      if (!part.mocha) continue;
      const found = globSync(part.mocha, { cwd: root, exclude: ['**/node_modules/**'] }).sort();
      files.set(part, { found, own: found.filter((file) => !taken.has(file)) });
      for (const file of found) taken.add(file);
    }
  return files;
}

async function runMocha(part, options) {
  const { found, own } = files.get(part);
  if (found.length === 0) {
    options.print(`test: no file matches ${part.mocha.join(' ')}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (own.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'blockhost-figures-'));
  const figures = join(folder, 'figures.json');
  const grep = values.grep ? ['--grep', values.grep] : [];
  const jobs = part.jobs ? ['--parallel', '--jobs', String(part.jobs)] : [];
  const { code } = await run(
    ['node', 'node_modules/mocha/bin/mocha.js', '--exit', ...jobs, ...grep, ...own],
    {
      ...options,
      env: { BLOCKHOST_TEST_FIGURES: figures },
    },
  );
  try {
    const counted = JSON.parse(readFileSync(figures, 'utf8'));
    return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } catch {
    options.print('test: Mocha ended before it reported\n');
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runCommand({ argv }, options) {
  const { code, output } = await run(argv, options);
  const line = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(
    output.trimEnd().split('\n').at(-1) ?? '',
  );
  const counted = line
    ? { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) }
    : { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 };
}

/**
 * Installs the Debian packages a suite needs, as root; answers those that are missing still. A suite without its real
 * component fails; it is left out only by name.
 */
async function missingPackages(packages = []) {
  const isInstalled = (name) =>
    spawnSync('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name]).stdout?.toString() ===
    'installed';
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0 || process.getuid() !== 0) return missing;
  console.log(`Installing ${missing.join(', ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing];
  if ((await run(install, { env })).code !== 0) {
    // The lists may be missing or older than the mirror.
    await run(['apt-get', 'update', '-qq'], { env });
    await run(install, { env });
  }
  return missing.filter((name) => !isInstalled(name));
}

const build = await run(['node', 'scripts/build.mjs']);
if (build.code !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const wanted = positionals.length > 0 ? positionals : Object.keys(suites);
const chosen = wanted.filter((name) => !values.without.includes(name));
const files = filesBySuite(chosen);
/** Before anything runs: two installations at once would keep each other out. */
const missing = new Map();
for (const name of chosen) missing.set(name, await missingPackages(all[name].debian));

/** Runs one suite; what it prints comes at once when it is alone, else in one piece when it is over. */
async function runSuite(name, isAlone) {
  const said = [];
  const print = isAlone ? writeOut : (data) => said.push(Buffer.from(data));
  const options = { limitMs: timeLimitMs(name), print };
  print(`\n== ${name}: ${all[name].about}\n`);
  const started = Date.now();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const lacking = missing.get(name);
  if (lacking.length > 0) {
    print(
      `test: ${name} needs the Debian packages ${lacking.join(' ')}: apt-get install ${lacking.join(' ')}\n`,
    );
    sum.failed += 1;
  }
  for (const part of lacking.length > 0 ? [] : all[name].parts) {
    const counted = part.mocha ? await runMocha(part, options) : await runCommand(part, options);
    for (const key of Object.keys(sum)) sum[key] += counted[key];
    failures.push(...(counted.failures ?? []));
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  writeOut(Buffer.concat(said));
  const figures = `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`;
  return { name, sum, failures, row: `${name.padEnd(12)} ${seconds.padStart(6)} s  ${figures}` };
}

/**
 * Suites run in lanes side by side, each lane in its own order: most of them wait for blocks, guests and pauses. Those of
 * one lane share addresses or take the machine for themselves and never meet.
 */
const isAlone = values['one-by-one'] || chosen.length < 2;
const lanes = new Map();
for (const name of chosen) {
  const lane = isAlone ? 1 : (all[name].lane ?? 1);
  lanes.set(lane, [...(lanes.get(lane) ?? []), name]);
}
const results = (
  await Promise.all(
    [...lanes.values()].map(async (names) => {
      const done = [];
      for (const name of names) done.push(await runSuite(name, isAlone));
      return done;
    }),
  )
).flat();

const total = { passed: 0, failed: 0, skipped: values.without.length };
for (const { sum } of results) for (const key of Object.keys(total)) total[key] += sum[key];
const rows = wanted.map(
  (name) => results.find((each) => each.name === name)?.row ?? `${name.padEnd(12)} left out as asked`,
);
console.log(`\n${rows.join('\n')}\n`);
/** Once more at the end: what was printed of a suite may be far up, or cut off. */
for (const { name, failures } of results) for (const each of failures) console.log(`${name}: ${each}\n`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exit(total.failed > 0 ? 1 : 0);
