import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { exportVms } from './export-vms.js';
import { withFlock } from './flock.js';
import { type Act, GroupCommit } from './group-commit.js';
import { replaceRecords } from './import-vms.js';
import type { Records } from './records.js';
import { readVmsFile, type VmsFile, writeVmsFile } from './vms-file.js';

/**
 * `vms.json` leads (provisioners.md 4.6): the tables are brought up to it before anything is read or changed, and a change
 * stands once the file tells of it. All of that happens under the lock that the other writers honour; a file that cannot
 * be read is never replaced. Killed between the file and the commit, the tables follow the file when they are next used.
 */
export class RecordsInFile implements Records {
  #turn: Promise<unknown> = Promise.resolve();
  #seen = '';
  readonly #commits = new GroupCommit((act) =>
    this.locked(async (tx) => {
      const before = await this.follow(tx);
      await act(tx);
      const text = await writeVmsFile(this.file, before, await exportVms(tx, before.content));
      await tx('vms_file').update({ digest: digestOf(text) });
    }),
  );

  constructor(
    private readonly database: Knex,
    private readonly file: string,
  ) {}

  /** Throws `state.lost-file`, `state.bad-file`, `state.locked`. */
  async catchUp(): Promise<void> {
    if ((await this.stamp()) !== this.#seen) await this.locked((tx) => this.follow(tx));
  }

  write<T>(act: Act<T>): Promise<T> {
    return this.#commits.run(act);
  }

  /** One at a time in this process, so that its writers do not wait as that many children. */
  private locked<T>(act: Act<T>): Promise<T> {
    const turn = this.#turn.then(() =>
      withFlock(`${this.file}.lock`, async () => {
        const result = await this.database.transaction(async (tx) => act(tx));
        this.#seen = await this.stamp();
        return result;
      }),
    );
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Brings the tables up to the file; answers what it says. */
  private async follow(tx: Knex): Promise<VmsFile> {
    const row: { digest: string } | undefined = await tx('vms_file').first('digest');
    if (!row) throw takenBack();
    const present = await readVmsFile(this.file);
    if (!present) throw lost(this.file);
    const digest = digestOf(present.text);
    if (row.digest !== digest) {
      await replaceRecords(tx, present.content, this.file);
      await tx('vms_file').update({ digest });
    }
    return present;
  }

  /** Every writer puts a new file into place. */
  private async stamp(): Promise<string> {
    const found = await stat(this.file, { bigint: true }).catch(() => null);
    if (!found) throw lost(this.file);
    return [found.ino, found.mtimeNs, found.size].join(' ');
  }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function lost(file: string): BlockhostError {
  return new BlockhostError('state.lost-file', `${file} is gone, and it is what tells of the VMs.`, {
    remedy: `Put it back from ${file}.bak or from the backup; nothing was changed.`,
  });
}

function takenBack(): BlockhostError {
  return new BlockhostError('state.taken-back', 'The records were taken back from vms.json meanwhile.', {
    remedy: 'Start this program again.',
  });
}
