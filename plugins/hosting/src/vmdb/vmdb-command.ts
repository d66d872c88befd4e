import {
  BlockhostError,
  CONFIG,
  hasCode,
  LOGGER,
  PATHS,
  schemaProblems,
  sentenceOf,
} from '@blockhost/kernel';
import { Args, BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import { openRecords, type Records } from '../state/records.js';
import { orderToJson } from '../state/vm-to-json.js';
import { requireVm } from '../vms/find-vm.js';
import { usage } from '../wallets/usage.js';

export const vmArgument = Args.string({ name: 'NAME', description: 'name of the VM', required: true });

export const fieldsFlag = Flags.string({
  summary: 'the JSON object; standard input unless given',
  helpValue: 'JSON',
});

/**
 * What the commands of `blockhost-vmdb` share: the records for programs in any language (provisioners.md 2.4), JSON in and
 * out. Exit codes are those of the reference: 1 for a VM without a record, 2 for a bad command line. They take no lock
 * of a VM: who calls them, a verb that the host runs, has it.
 */
export abstract class VmdbCommand extends BlockhostCommand {
  protected database(): Promise<Knex> {
    return this.get(DATABASE);
  }

  protected async records(): Promise<Records> {
    const [database, config, paths, log] = await Promise.all([
      this.get(DATABASE),
      this.get(CONFIG),
      this.get(PATHS),
      this.get(LOGGER),
    ]);
    return openRecords(database, config, paths, log);
  }

  /** Prints the record of a VM as it is now, in the words of `vms.json`. */
  protected async answer(name: string): Promise<void> {
    await (await this.records()).catchUp();
    const row = await requireVm(await this.database(), name);
    this.json({ ...orderToJson(row), status: row.status });
  }

  protected json(value: unknown): void {
    this.result(value, JSON.stringify(value));
  }

  /** What `--fields` or standard input says. Throws `command.usage` naming each mistake. */
  protected async fields<T>(given: string | undefined, schema: object): Promise<T> {
    const text = given ?? (await standardInput());
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw usage(
        `This is not JSON: ${sentenceOf(cause)}.`,
        'Give a JSON object by --fields or standard input.',
      );
    }
    const problems = await schemaProblems(schema, value);
    if (problems.length === 0) return value as T;
    throw new BlockhostError('command.usage', 'The JSON object has mistakes.', {
      facts: Object.fromEntries(
        problems.slice(0, 20).map(({ pointer, problem }) => [pointer || '/', problem]),
      ),
      remedy: 'Nothing was changed. Correct it and try again.',
      exitCode: 2,
    });
  }

  protected override async catch(error: Error): Promise<never> {
    if (!hasCode(error, 'vm-store.no-such-vm')) throw error;
    throw new BlockhostError('vm-store.no-such-vm', sentenceOf(error), { exitCode: 1 });
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
