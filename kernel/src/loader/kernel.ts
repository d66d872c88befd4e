import type { AdminPages } from '../entries/admin-pages.js';
import type { Daemon } from '../entries/daemon.js';
import type { FinalizationPlugin } from '../entries/finalization.js';
import type { Migrations } from '../entries/migrations.js';
import type { RootActions } from '../entries/root-actions.js';
import type { WizardPlugin } from '../entries/wizard.js';
import type { Token } from '../ports/token.js';
import type { PluginStatus } from './plugin-status.js';

/** What the default export of each tagged entry is. */
export interface EntryTypes {
  readonly wizard: WizardPlugin;
  readonly finalization: FinalizationPlugin;
  readonly rootActions: RootActions;
  readonly adminPages: AdminPages;
  readonly migrations: Migrations;
}

export type EntryName = keyof EntryTypes;

/** One process's view of the host's plugins. Nothing is imported before it is asked for. */
export interface Kernel {
  /** Name of the process, for messages. */
  readonly process: string;
  /**
   * The service or port of a token, the same instance each time. For a port: imports the entry of the plugin that
   * provides it, checks it, builds it with its needs, activates and guards it. Throws `port.not-provided`, or the
   * `plugin.…` error of the provider.
   */
  get<T>(token: Token<T>): Promise<T>;
  /** The checked entry of one plugin. Throws `plugin.not-installed`, `plugin.no-such-entry` or the plugin's failure. */
  import<E extends EntryName>(plugin: string, entry: E): Promise<EntryTypes[E]>;
  /** A daemon of one plugin, built with its needs and not yet started. */
  import(plugin: string, entry: 'daemons', id: string): Promise<Daemon>;
  /**
   * That entry of every plugin that has it, in the order of the plugins. A failed optional plugin is left out and
   * logged; a failed required one throws.
   */
  importAll<E extends EntryName>(
    entry: E,
  ): Promise<readonly { readonly plugin: string; readonly entry: EntryTypes[E] }[]>;
  plugins(): readonly PluginStatus[];
  /** Reverts activations and disposes of instances, the last built first. */
  stop(): Promise<void>;
}
