import type { LogFields, Logger } from '../ports/logger.js';
import { formatText } from './format-text.js';
import { loggable } from './loggable.js';
import { maskText } from './mask-text.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogRecord {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LoggerOptions {
  /** Lowest level written; by `BLOCKHOST_LOG_LEVEL`, or `info`, unless told. */
  readonly level?: LogLevel;
  /** `text` for a person at a terminal, `json` for the journal; by `BLOCKHOST_LOG_FORMAT`, or what stderr is, unless told. */
  readonly format?: 'json' | 'text';
  /** Takes one line with its line feed; stderr unless told. */
  readonly sink?: (line: string) => void;
  /** Fields of every record. */
  readonly fields?: LogFields;
  /** Colours in text; by `FORCE_COLOR`, `NO_COLOR` and what stderr is unless told. */
  readonly colour?: boolean;
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const RESERVED = new Set(['time', 'level', 'message']);

/** Structured log, one line per record. Secrets are redacted before a record reaches its format. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const {
    level: lowest = oneOf(ORDER, process.env.BLOCKHOST_LOG_LEVEL) ?? 'info',
    format,
    sink = (line) => void process.stderr.write(line),
    fields: base = {},
    colour,
  } = options;
  // Asked when the first line is written: opening stderr takes milliseconds, and most commands log nothing.
  const formatted = (record: LogRecord) =>
    (format ?? logFormat()) === 'json' ? formatJson(record) : formatText(record, colour ?? hasColour());

  const write = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(lowest)) return;
    const safe = loggable({ ...base, ...fields }) as Record<string, unknown>;
    sink(
      `${formatted({ time: new Date().toISOString(), level, message: maskText(message), fields: safe })}\n`,
    );
  };

  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    with: (fields) => createLogger({ ...options, fields: { ...base, ...fields } }),
  };
}

/** How this process logs unless told otherwise. */
export function logFormat(): 'json' | 'text' {
  return (
    oneOf(['json', 'text'] as const, process.env.BLOCKHOST_LOG_FORMAT) ??
    (process.stderr.isTTY ? 'text' : 'json')
  );
}

function hasColour(): boolean {
  return Boolean(process.env.FORCE_COLOR || (process.stderr.isTTY && !process.env.NO_COLOR));
}

function formatJson({ time, level, message, fields }: LogRecord): string {
  const own = Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]);
  return JSON.stringify({ time, level, message, ...Object.fromEntries(own) });
}

function oneOf<T extends string>(names: readonly T[], name: string | undefined): T | undefined {
  return names.find((each) => each === name);
}
