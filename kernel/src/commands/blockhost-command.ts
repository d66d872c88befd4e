import { writeSync } from 'node:fs';
import { hasCode } from '../errors/blockhost-error.js';
import type { Kernel } from '../loader/kernel.js';
import type { Token } from '../ports/token.js';
import { hostOf } from './host-context.js';
import { Command, type Config } from './oclif.js';

/**
 * An oclif command inside a kernel. A plugin's command is a class with its arguments, its flags and a `run`:
 *
 *     export default class VmList extends BlockhostCommand {
 *       static override summary = 'List the VMs of this host';
 *       static override examples = ['<%= config.bin %> vm list --json'];
 *       static override enableJsonFlag = true;
 *       async run(): Promise<void> {
 *         await this.parse(VmList);
 *         const vms = await (await this.get(VM_STORE)).list();
 *         this.result(vms, vms.map((vm) => vm.name));
 *       }
 *     }
 *
 * Errors are thrown: a `BlockhostError` prints as help and sets the exit code. stdout carries results and nothing else.
 */
export abstract class BlockhostCommand extends Command {
  /** A call without arguments is a usage error (exit 2) instead of a request for help (exit 0). */
  static readonly bareIsUsageError: boolean = false;

  /** Runs inside the configuration it is given; oclif's own would read it from disk again. */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv: string[],
    config: unknown,
  ): Promise<ReturnType<T['run']>> {
    const command = new this(argv, config as Config) as T & { _run<R>(): Promise<R> };
    return await command._run();
  }

  /** The kernel of this process. It has read the manifests and imported nothing but this command. */
  protected get kernel(): Kernel {
    return hostOf(this.config).kernel;
  }

  /** A port or service; imports and activates the plugin that provides it. */
  protected async get<T>(token: Token<T>): Promise<T> {
    return await this.kernel.get(token);
  }

  /** As {@link get}, but null when no plugin provides the port: some hosts do without. */
  protected async find<T>(token: Token<T>): Promise<T | null> {
    try {
      return await this.get(token);
    } catch (error) {
      if (hasCode(error, 'port.not-provided')) return null;
      throw error;
    }
  }

  /** Aborted by SIGINT and SIGTERM. Hand it to everything that waits. */
  protected get signal(): AbortSignal {
    return hostOf(this.config).signal();
  }

  /** The one way to stdout: `text` for people, one item per line, or `value` as JSON when `--json` is given. */
  protected result(value: unknown, text: string | readonly string[]): void {
    const lines = this.jsonEnabled() ? [toJson(value)] : typeof text === 'string' ? [text] : text;
    print(lines.map((line) => `${line}\n`).join(''));
  }

  /** Tells the person waiting what is going on, on stderr. */
  protected progress(message: string): void {
    process.stderr.write(`${message}\n`);
  }

  /** Left to the command host, which prints every error the same way. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}

/** As a stream, standard output loads Node's network code; a result needs none of it, unless its reader is slow or gone. */
function print(text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch {
    process.stdout.write(rest);
  }
}

/** Amounts are bigints: they travel as decimal strings, which lose nothing. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each), 2);
}
