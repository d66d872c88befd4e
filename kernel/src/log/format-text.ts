import { styleText } from 'node:util';
import type { LogLevel, LogRecord } from './create-logger.js';

const STYLE: Readonly<Record<LogLevel, Parameters<typeof styleText>[0]>> = {
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/**
 * One line for a person: time of day, level, message, fields but for the process, which whoever watches it knows. Control
 * characters are escaped.
 */
export function formatText({ time, level, message, fields }: LogRecord, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const shown = Object.entries(fields)
    .filter(([name, value]) => value !== undefined && name !== 'process')
    .map(([name, value]) => `${paint('dim', `${name}=`)}${show(value)}`);
  return [
    paint('dim', time.slice('2000-01-01T'.length, -1)),
    paint(STYLE[level], level.toUpperCase().padEnd(5)),
    escapeControls(message),
    ...shown,
  ].join(' ');
}

function show(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  if (isError(value)) {
    const reasons: string[] = [];
    for (let inner: unknown = value; isError(inner); inner = inner.cause) reasons.push(inner.message);
    return `${value.code} ${JSON.stringify(reasons.join(' because: '))}`;
  }
  return JSON.stringify(value) ?? String(value);
}

function isError(value: unknown): value is { code: string; message: string; cause?: unknown } {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}

function escapeControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
