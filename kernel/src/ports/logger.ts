import { serviceToken } from './token.js';

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Messages are constant sentences, what varies goes into `fields`; secrets are redacted by name. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each record. */
  with(fields: LogFields): Logger;
}

export const LOGGER = serviceToken<Logger>('logger');
