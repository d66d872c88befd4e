import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot, type Kernel, type Logger } from '@blockhost/kernel';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';

/** Folder of the fixture plugins, seen from the compiled tests. */
const FIXTURES = fileURLToPath(new URL('../../../kernel/loader/fixtures/', import.meta.url));

export const fixture = (name: string) => join(FIXTURES, name);

/** One line that a plugin or the kernel logged. */
export interface Logged {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function collectingLogger(lines: Logged[], base: Readonly<Record<string, unknown>> = {}): Logger {
  const add = (message: string, fields = {}) => lines.push({ message, fields: { ...base, ...fields } });
  return {
    debug: add,
    info: add,
    warn: add,
    error: add,
    with: (fields) => collectingLogger(lines, { ...base, ...fields }),
  };
}

export interface FixtureHost {
  readonly host: HostRoot;
  readonly kernel: Kernel;
  readonly log: readonly Logged[];
}

/** Runs `use` on a kernel of a host that has these fixtures installed, and removes the host. */
export async function withFixtures(
  names: readonly string[],
  use: (present: FixtureHost) => Promise<void>,
): Promise<void> {
  const host = await makeHostRoot({ plugins: names.map(fixture) });
  const log: Logged[] = [];
  const kernel = await boot({ process: 'test', paths: host.paths, log: collectingLogger(log) });
  try {
    await use({ host, kernel, log });
  } finally {
    await kernel.stop();
    await host.dispose();
  }
}

/**
 * Compares with `golden.txt` beside the fixture; `UPDATE_GOLDEN=1` writes it instead, to be read before it is
 * committed. Paths of this machine and of the temporary host are replaced by `<fixtures>` and `<root>`.
 */
export function expectGolden(name: string, text: string, { root }: Pick<HostRoot, 'root'>): void {
  const file = join(fixture(name), 'golden.txt');
  const plain = `${text.replaceAll(root, '<root>').replaceAll(FIXTURES, '<fixtures>/').trimEnd()}\n`;
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, plain);
  expect(plain).to.equal(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

/** What `promise` rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
