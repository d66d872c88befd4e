import { join } from 'node:path';
import {
  acquireLock,
  BlockhostError,
  CLOCK,
  CONFIG,
  isBlockhostError,
  LOGGER,
  makeFolder,
  PATHS,
  type Token,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { readAnswers } from '../answers.js';
import { collectSteps, type OwnedStep } from '../collect-steps.js';
import { describeState } from '../describe-state.js';
import { openState, type ProgressEvent, resetState, runPipeline } from '../pipeline.js';
import { recordSetup } from '../record-setup.js';
import { type SetupState, SetupStateFile } from '../setup-state.js';
import { type Secrets, Vault } from '../vault.js';

export default class Setup extends BlockhostCommand {
  static override summary = 'Set this host up from a file of answers';
  static override description = [
    'Runs the finalization steps of the engine, the provisioner and every other plugin, in order. Each step is idempotent: after a failure, a kill or a reboot the set-up goes on where it was.',
    'The answers file (YAML or JSON) has one section per plugin, and "admin" for the administrator. A secret may be written as { file: PATH }. Secrets are kept in /run/blockhost/installer until the set-up is complete, and nowhere else.',
  ].join('\n\n');
  static override examples = [
    {
      description: 'Start, or go on with the same answers',
      command: '<%= config.bin %> setup --config answers.yaml',
    },
    {
      description: 'See what would be done',
      command: '<%= config.bin %> setup --config answers.yaml --dry-run',
    },
    { description: 'Go on after a failure', command: '<%= config.bin %> setup --resume' },
    { description: 'See where it stands', command: '<%= config.bin %> setup --status --json' },
  ];
  static override enableJsonFlag = true;
  static override flags = {
    config: Flags.string({ summary: 'file of answers', helpValue: 'FILE' }),
    resume: Flags.boolean({ summary: 'go on with the answers of the set-up that was started' }),
    status: Flags.boolean({
      summary: 'tell where the set-up stands and change nothing',
      exclusive: ['config', 'resume', 'reset'],
    }),
    'dry-run': Flags.boolean({ summary: 'check the answers and list the steps', dependsOn: ['config'] }),
    reset: Flags.boolean({
      summary: 'forget what was done so far; steps find again what exists',
      exclusive: ['dry-run'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Setup);
    const paths = await this.get(PATHS);
    const file = new SetupStateFile(paths);
    if (flags.status) {
      const state = await file.load();
      this.result(state ?? { status: 'pending', steps: {} }, describeState(state));
      return;
    }
    if (!flags.config && !flags.resume)
      throw new BlockhostError('setup.what', 'Name a file of answers, or say --resume or --status.', {
        remedy: 'See: blockhost setup --help',
        exitCode: 2,
      });

    const { sections, steps } = await collectSteps(this.kernel);
    const answers = flags.config ? await readAnswers(flags.config, sections) : null;
    if (flags['dry-run']) {
      const rows = steps.map(({ step, plugin }) => ({ step: step.id, label: step.label, plugin }));
      this.result(
        rows,
        rows.map((row) => `${row.step.padEnd(16)} ${row.plugin.padEnd(20)} ${row.label}`),
      );
      return;
    }

    await makeFolder(paths.run, 0o755);
    await makeFolder(join(paths.run, 'installer'), 0o700);
    await makeFolder(paths.state, 0o750);
    const lock = await acquireLock(join(paths.run, 'installer', 'finalize.lock'), {
      timeoutMs: 1000,
      purpose: 'set-up',
      signal: this.signal,
    }).catch((cause: unknown) => {
      if (!isBlockhostError(cause) || cause.code !== 'lock.busy') throw cause;
      throw new BlockhostError('setup.running', 'A set-up is running on this host already.', {
        cause,
        remedy: 'Watch it with: blockhost setup --status',
      });
    });
    try {
      const vault = new Vault(paths);
      const present = await file.load();
      const state = openState(flags.reset && present ? resetState(present) : present, answers, steps);
      const done = state.status === 'completed';
      // Before the host counts as complete: from then on a missing database is a lost one.
      const database = await this.get(DATABASE);
      if (!done) {
        const secrets = answers ? answers.secrets : await vault.load();
        if (answers) await vault.save(secrets);
        await this.#run(state, steps, secrets, file);
      }
      // Also when an earlier run was killed between its last step and here.
      await vault.wipe();
      await recordSetup(database, state);
      const note = done ? ['This host is set up already; nothing was done.'] : [];
      this.result(state, [...describeState(state), ...note]);
    } finally {
      lock.release();
    }
  }

  async #run(
    state: SetupState,
    steps: readonly OwnedStep[],
    secrets: Secrets,
    file: SetupStateFile,
  ): Promise<void> {
    const tools = {
      file,
      paths: await this.get(PATHS),
      config: await this.get(CONFIG),
      clock: await this.get(CLOCK),
      log: await this.get(LOGGER),
      get: <T>(token: Token<T>) => this.get(token),
      onProgress: (event: ProgressEvent) => this.progress(progressLine(event)),
    };
    await runPipeline(state, steps, secrets, tools, this.signal);
  }
}

const marks = {
  started: '…',
  progress: ' ',
  completed: '✓',
  skipped: '-',
  failed: '✗',
  'already-done': '✓',
} as const;

function progressLine({ kind, label, message, done, total }: ProgressEvent): string {
  const detail = message ? `: ${message}` : kind === 'already-done' ? ' (done before)' : '';
  return `[${String(done).padStart(String(total).length)}/${total}] ${marks[kind]} ${label}${detail}`;
}
