import { CLOCK, CONFIG, hasCode, PATHS, readHealth, sentenceOf } from '@blockhost/kernel';
import { alignColumns, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { Ledger } from '../../acts/ledger.js';
import { knownFindings } from '../../health/findings-table.js';
import { problemOfRules, readRules } from '../../rules/plan-limits.js';
import { shownTime } from '../../shown-time.js';

export default class WatchdogStatus extends BlockhostCommand {
  static override summary = 'Tell what the watchdog sees: VMs over their limits, and their health';
  static override description =
    'Asks no VM. Ends with 0 while the watchdog runs and its rules can be read, with 1 otherwise; VMs over their plan and ' +
    'findings do not count.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(WatchdogStatus);
    const database = await this.get(DATABASE);
    const [paths, config, clock] = [await this.get(PATHS), await this.get(CONFIG), await this.get(CLOCK)];
    const ledger = new Ledger(database);
    const problems: string[] = [];
    const daemon = await readHealth(paths, 'watchdog').catch((error: unknown) => {
      if (!['daemon.not-running', 'daemon.silent'].some((code) => hasCode(error, code))) throw error;
      problems.push(sentenceOf(error));
      return null;
    });
    if (daemon?.healthy === false) problems.push(daemon.reason ?? 'The watchdog is unhealthy.');
    const rules = await readRules(config).catch((error: unknown) => {
      const problem = problemOfRules(error);
      if (problem === null) throw error;
      if (!problems.includes(problem)) problems.push(problem);
      return undefined;
    });
    const mode =
      rules === undefined ? 'unknown' : rules === null ? 'observing' : rules.dryRun ? 'dry run' : 'acting';
    const rungs = [...(await ledger.rungs(rules?.dryRun ?? false)).values()].filter(
      ({ step }) => step !== 'none',
    );
    const findings = await knownFindings(database);
    const held = new Set(
      (await ledger.held(rules?.dryRun ?? false, clock.now() - 3_600_000)).map(({ vm }) => vm),
    );
    const value = {
      mode,
      daemon: daemon && { healthy: daemon.healthy, checked_at: daemon.checked_at, facts: daemon.facts ?? {} },
      problems,
      over_plan: rungs.map(({ vm, metric, step, movedAt }) => ({
        vm,
        metric,
        step,
        since: shownTime(movedAt),
      })),
      held_in_the_last_hour: held.size,
      findings: findings.map(({ since, ...finding }) => ({ ...finding, since: shownTime(since) })),
    };
    this.result(value, [
      `mode: ${mode}${rules === null ? ', there is no plan-limits.yaml' : ''}`,
      ...problems.map((problem) => `problem: ${problem}`),
      ...(daemon ? [`daemon: ${daemon.status}`] : []),
      `held in the last hour: ${held.size}`,
      ...alignColumns(
        value.over_plan.map(({ vm, metric, step, since }) => ['over', vm, metric, step, since]),
      ),
      ...value.findings.map(({ sentence, since }) => `finding: ${sentence} Since ${since}.`),
    ]);
    if (problems.length > 0) process.exitCode = 1;
  }
}
