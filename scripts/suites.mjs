// The test suites by name, in the order they run. A suite is a list of parts: a command that prints
// `N passed, N failed` last, or the compiled Mocha files of a glob. `debian` names the packages it needs. Suites
// of one lane (1 unless told) never run beside each other. Files of a part with `jobs` run that many at a time.

const mocha = (...globs) => ({ mocha: globs });
const command = (what, ...argv) => ({ what, argv });
const nightly = Boolean(process.env.BLOCKHOST_NIGHTLY);

export const suites = {
  lint: {
    lane: 2,
    about: 'formatter, linter, rules of dependency',
    parts: [
      command('format and lint', 'node_modules/.bin/biome', 'ci', '--colors=off', '.'),
      command('solhint', 'node', 'contracts/evm/scripts/lint.mjs'),
      mocha('test/dist/lint/**/*.test.js'),
    ],
  },
  unit: {
    lane: 2,
    about: 'tests beside the source; no external process',
    parts: [
      mocha('kernel/dist/**/*.test.js', 'plugins/*/dist/**/*.test.js', 'test/dist/invariants/**/*.test.js'),
    ],
  },
  kernel: {
    lane: 2,
    about: 'manifests, loader, commands and daemons as processes',
    parts: [mocha('test/dist/kernel/**/*.test.js')],
  },
  vectors: {
    lane: 2,
    about: 'interoperability vectors: cryptographic formats, prices, ABIs and scenarios of the contracts',
    parts: [mocha('test/dist/interop/**/*.test.js', 'test/dist/contracts/{abi,price,scenarios}.test.js')],
  },
  contracts: {
    lane: 2,
    about: 'contracts: unit, fuzz and invariant tests by forge; scenarios on anvil',
    parts: [
      command('forge', 'node', 'contracts/evm/scripts/forge-test.mjs'),
      command('gas table', 'node', 'contracts/evm/scripts/gas-table.mjs', '--check'),
      command('coverage', 'node', 'contracts/evm/scripts/coverage.mjs'),
      command('some mutants', 'node', 'contracts/evm/scripts/mutate.mjs', '--sample', '8'),
      command('inputs of explorers', 'node', 'contracts/evm/scripts/verify.mjs'),
      mocha('test/dist/contracts/**/*.test.js'),
    ],
  },
  engine: { lane: 2, about: 'engine-evm on anvil', parts: [mocha('test/dist/engine-evm/**/*.test.js')] },
  provisioner: {
    about: 'sandbox and foreign provisioners',
    parts: [mocha('test/dist/provisioner/**/*.test.js')],
  },
  hosting: {
    about: 'monitor, pipeline and VM store',
    debian: ['python3', 'util-linux'],
    parts: [mocha('test/dist/hosting/**/*.test.js')],
  },
  postgres: {
    lane: 2,
    about: 'the VM store on a PostgreSQL server of Debian',
    debian: ['postgresql'],
    parts: [mocha('test/dist/postgres/**/*.test.js')],
  },
  'root-agent': {
    lane: 2,
    about: 'the privileged socket, its actions in a network namespace; needs root',
    debian: [
      ...['iptables', 'iproute2', 'nginx-light', 'openssl', 'curl', 'python3', 'logrotate'],
      // Opening a disk image takes a kernel and 200 MB of packages.
      ...(nightly ? ['libguestfs-tools', 'linux-image-cloud-amd64', 'qemu-utils', 'e2fsprogs'] : []),
    ],
    parts: [mocha('test/dist/root-agent/**/*.test.js')],
  },
  watchdog: {
    lane: 2,
    about: 'the watchdog, look by look and as a process that is killed',
    debian: ['python3'],
    parts: [mocha('test/dist/watchdog/**/*.test.js')],
  },
  libvirt: {
    about: 'real virtual machines by a libvirt in namespaces of its own, software-emulated; needs root',
    debian: [
      'libvirt-daemon-system',
      'libvirt-clients',
      'qemu-system-x86',
      'qemu-utils',
      'genisoimage',
      'e2fsprogs',
      'iproute2',
      'iptables',
      'mmdebstrap',
    ],
    // Every file has a libvirt of its own.
    parts: [{ ...mocha('test/dist/libvirt/**/*.test.js'), jobs: 2 }],
  },
  tools: {
    lane: 3,
    about: 'bw, ab and is as an operator starts them, on anvil',
    parts: [mocha('test/dist/tools/**/*.test.js')],
  },
  setup: { lane: 2, about: 'the finalization pipeline', parts: [mocha('test/dist/setup/**/*.test.js')] },
  failpoints: {
    lane: 3,
    about: 'every step killed before and after; needs root for the firewall of knocks',
    debian: ['iptables', 'iproute2'],
    parts: [mocha('test/dist/failpoints/**/*.test.js')],
  },
  faults: {
    lane: 3,
    about: 'a node that answers badly, by seeds: SEEDS=100..199 runs others than the kept ones',
    parts: [mocha('test/dist/faults/**/*.test.js')],
  },
  e2e: {
    about: 'the whole business from set-up to decrypted details; an administrator who knocks',
    debian: ['iptables', 'iproute2'],
    parts: [mocha('test/dist/e2e/**/*.test.js')],
  },
};

/** Run only when asked for by name. */
export const onRequest = {
  mutation: {
    about: 'tests of the tests: every mutant of the contracts must be found',
    parts: [command('mutants', 'node', 'contracts/evm/scripts/mutate.mjs')],
  },
  bench: {
    about: 'measurements; they print and never assert',
    parts: [command('benchmarks', 'node', 'scripts/bench.mjs')],
  },
};
