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
let limitMs = timeLimitMs('unit');
const all = { ...suites, ...onRequest };

const usage = `Usage: bin/test [SUITE…] [--without SUITE] [--list]

Runs every suite, or the named ones. Needs nothing but Node.js and npm; installs and builds first.

  --list            name the suites
  --without SUITE   leave one out; it is counted as skipped
  --grep TEXT       only the cases whose name holds TEXT

  bin/test unit
  bin/test kernel --grep "golden message"

Environment:
  BLOCKHOST_VECTORS=DIR   read the interoperability vectors of DIR instead of test/vectors`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    without: { type: 'string', multiple: true, default: [] },
    grep: { type: 'string' },
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

/** Runs to the end with the terminal's output; ends the whole process group when the time is over. */
function run(argv, env = {}) {
  return new Promise((resolve) => {
    let output = '';
    const [program, ...args] = argv[0] === 'node' ? [node, ...argv.slice(1)] : argv;
    const child = spawn(program, args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.stdout.on('data', (data) => {
      process.stdout.write(data);
      output = (output + data).slice(-4096);
    });
    const timer = setTimeout(() => {
      console.error(`test: ${argv.join(' ')} ran longer than ${limitMs / 60_000} minutes`);
      process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

/** Files that ran already: one that belongs to two suites runs with the first. */
const ran = new Set();

async function runMocha(globs) {
  const found = globSync(globs, { cwd: root, exclude: ['**/node_modules/**'] }).sort();
  if (found.length === 0) {
    console.error(`test: no file matches ${globs.join(' ')}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const files = found.filter((file) => !ran.has(file));
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) ran.add(file);
  const folder = mkdtempSync(join(tmpdir(), 'blockhost-figures-'));
  const figures = join(folder, 'figures.json');
  const grep = values.grep ? ['--grep', values.grep] : [];
  const { code } = await run(['node', 'node_modules/mocha/bin/mocha.js', '--exit', ...grep, ...files], {
    BLOCKHOST_TEST_FIGURES: figures,
  });
  try {
    const counted = JSON.parse(readFileSync(figures, 'utf8'));
    return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } catch {
    console.error('test: Mocha ended before it reported');
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runCommand({ argv }) {
  const { code, output } = await run(argv);
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
  if ((await run(install, env)).code !== 0) {
    // The lists may be missing or older than the mirror.
    await run(['apt-get', 'update', '-qq'], env);
    await run(install, env);
  }
  return missing.filter((name) => !isInstalled(name));
}

const build = await run(['node', 'scripts/build.mjs']);
if (build.code !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(suites)) {
  if (values.without.includes(name)) {
    total.skipped += 1;
    rows.push(`${name.padEnd(12)} left out as asked`);
    continue;
  }
  console.log(`\n== ${name}: ${all[name].about}`);
  limitMs = timeLimitMs(name);
  const started = Date.now();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const missing = await missingPackages(all[name].debian);
  if (missing.length > 0) {
    console.error(
      `test: ${name} needs the Debian packages ${missing.join(' ')}: apt-get install ${missing.join(' ')}`,
    );
    sum.failed += 1;
  }
  for (const part of missing.length > 0 ? [] : all[name].parts) {
    const counted = part.mocha ? await runMocha(part.mocha) : await runCommand(part);
    for (const key of Object.keys(sum)) sum[key] += counted[key];
  }
  for (const key of Object.keys(sum)) total[key] += sum[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  rows.push(
    `${name.padEnd(12)} ${seconds.padStart(6)} s  ${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`,
  );
}

console.log(`\n${rows.join('\n')}\n`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exit(total.failed > 0 ? 1 : 0);
