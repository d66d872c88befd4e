import { serviceToken } from './token.js';

/** One file of the host: its name, format, mode and JSON Schema. Secrets are files of their own, never fields. */
export interface ConfigFile<T> {
  /** Name below `/etc/blockhost`, e.g. `blockhost.yaml`. */
  readonly name: string;
  readonly format: 'yaml' | 'json' | 'text';
  /** Mode the file is created with, e.g. 0o640. */
  readonly mode: number;
  /** JSON Schema (2020-12) checked on reading and writing; unknown keys are kept. */
  readonly schema?: object;
  /** Phantom: the type of the parsed content. */
  readonly content?: T;
}

/** Typed reading and atomic writing of the files under `/etc/blockhost`. */
export interface HostConfig {
  /** Throws `config.missing` (with the searched paths), `config.unreadable` or `config.invalid` (pointer, found, expected). */
  read<T>(file: ConfigFile<T>): Promise<T>;
  /** As {@link read}, but a missing file is `null`. */
  find<T>(file: ConfigFile<T>): Promise<T | null>;
  /** Replaces the file: temp file with the final mode in the same folder, fsync, rename, fsync of the folder. */
  write<T>(file: ConfigFile<T>, content: T): Promise<void>;
  /** Reads, changes and writes under an exclusive lock across processes; `null` when the file does not exist yet. */
  update<T>(file: ConfigFile<T>, change: (present: T | null) => T): Promise<T>;
}

export const CONFIG = serviceToken<HostConfig>('config');
