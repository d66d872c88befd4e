import { BlockhostError, type HostConfig, type Logger, type Paths } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { type Act, GroupCommit } from './group-commit.js';
import { fileLeads, type Records } from './records.js';
import type { VmsMirror } from './vms-mirror.js';

/** The database leads. A mirror hears of each change once it is committed. */
export class RecordsInDatabase implements Records {
  #mirror: Promise<VmsMirror> | undefined;
  readonly #commits = new GroupCommit((act) =>
    this.database.transaction(async (tx) => {
      if (await fileLeads(tx)) throw handedOver();
      await act(tx);
    }),
  );

  constructor(
    private readonly database: Knex,
    private readonly config: HostConfig,
    private readonly paths: Paths,
    private readonly log: Logger,
  ) {}

  async catchUp(): Promise<void> {}

  /** Throws `state.handed-over` when `vms.json` leads meanwhile. */
  async write<T>(act: Act<T>): Promise<T> {
    const written = await this.#commits.run(act);
    this.#mirror ??= this.mirror();
    await (await this.#mirror).follow();
    return written;
  }

  /** Loaded by who changes something: a command that only looks needs none of it. */
  private async mirror(): Promise<VmsMirror> {
    const { VmsMirror } = await import('./vms-mirror.js');
    return new VmsMirror(this.database, this.config, this.paths, this.log);
  }
}

function handedOver(): BlockhostError {
  return new BlockhostError('state.handed-over', 'The records were handed over to vms.json meanwhile.', {
    remedy: 'Start this program again.',
  });
}
