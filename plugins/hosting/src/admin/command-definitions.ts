import { type HostConfig, hasCode, type Logger } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON, type AdminCommandsJson } from '@blockhost/kernel/host-files';

export type CommandDefinition = AdminCommandsJson['commands'][string];

/**
 * What the administrator may order, by secret name (engine.md 6.1). The file is read anew each time; while it is missing or
 * malformed there are no commands, which is told once per change and without the file's content: a mistake's place names
 * the command it is in.
 */
export class CommandDefinitions {
  #told = '';

  constructor(
    private readonly config: HostConfig,
    private readonly log: Logger,
  ) {}

  async read(): Promise<ReadonlyMap<string, CommandDefinition>> {
    try {
      const file = await this.config.find(ADMIN_COMMANDS_JSON);
      if (file === null) this.#warn('there is no admin-commands.json: no command is carried out', 'missing');
      else this.#told = '';
      return new Map(Object.entries(file?.commands ?? {}));
    } catch (error) {
      const what = hasCode(error, 'config.unreadable')
        ? 'admin-commands.json cannot be read: no command is carried out'
        : 'admin-commands.json is malformed: no command is carried out; see `blockhost admin status`';
      this.#warn(what, String(error));
      return new Map();
    }
  }

  #warn(message: string, about: string): void {
    if (this.#told !== about) this.log.warn(message);
    this.#told = about;
  }
}
