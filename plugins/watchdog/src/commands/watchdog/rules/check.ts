import { CONFIG, VM_STORE } from '@blockhost/kernel';
import { alignColumns, BlockhostCommand } from '@blockhost/kernel/command';
import { readRules } from '../../../rules/plan-limits.js';
import { planRuleOf, rulesOf } from '../../../rules/rule-of.js';
import { readSettings } from '../../../settings.js';

export default class WatchdogRulesCheck extends BlockhostCommand {
  static override summary = 'Check the rules and say which VM has which';
  static override description =
    'Reads plan-limits.yaml and monitor.yaml as the watchdog does, which takes them on SIGHUP. Ends with 1 when one is ' +
    'wrong, naming the field.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(WatchdogRulesCheck);
    const config = await this.get(CONFIG);
    await readSettings(config);
    const rules = await readRules(config);
    if (rules === null) {
      this.progress('There is no plan-limits.yaml: the watchdog only observes.');
      return this.result({ mode: 'observing', vms: [], unknown_exempt: [] }, []);
    }
    const vms = await (await this.get(VM_STORE)).list();
    const rows = vms.map((vm) => ({
      vm: vm.name,
      plan: vm.planId,
      rule: ruleName(vm.planId, planRuleOf(vm, rules) === null, rules.exempt.has(vm.name), rules.plans),
      limits: Object.fromEntries(rulesOf(vm, rules).map(({ metric, limit }) => [metric, limit])),
    }));
    const names = new Set(vms.map(({ name }) => name));
    const unknownExempt = [...rules.exempt].filter((name) => !names.has(name));
    for (const name of unknownExempt) this.progress(`There is no VM named ${name}, which is exempt.`);
    const mode = rules.dryRun ? 'dry run' : 'acting';
    this.result({ mode, vms: rows, unknown_exempt: unknownExempt }, [
      `mode: ${mode}`,
      ...alignColumns(
        rows.map(({ vm, rule, limits }) => [
          vm,
          rule,
          Object.entries(limits)
            .map(([metric, limit]) => `${metric} ${limit}`)
            .join(', '),
        ]),
      ),
    ]);
  }
}

function ruleName(
  plan: string | null,
  isFree: boolean,
  isExempt: boolean,
  plans: ReadonlyMap<string, unknown>,
): string {
  if (isExempt) return 'exempt';
  if (isFree) return 'no rule';
  return plan !== null && plans.has(plan) ? `plan ${plan}` : 'default';
}
