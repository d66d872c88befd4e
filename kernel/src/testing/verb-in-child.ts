import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { VmRef, VmSpec } from '../ports/provisioner.js';

/** How another process gets at the same provisioner: `module` exports `open(argument)`, which answers one. */
export interface OtherProcess {
  /** URL of an ES module. */
  readonly module: string;
  readonly argument: string;
}

/** Verbs that a crash test cuts off. */
export type KillableVerb = 'create' | 'start' | 'kill' | 'destroy';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const program = fileURLToPath(new URL('./verb-child.js', import.meta.url));
const TIMEOUT_MS = 120_000;

/** Runs one verb in a process of its own; with `failpoint`, that process kills itself there. */
export function verbInChild(
  { module, argument }: OtherProcess,
  verb: KillableVerb,
  subject: VmSpec | VmRef,
  failpoint?: string,
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, module, argument, verb, JSON.stringify(subject)], {
      env: { ...process.env, ...(failpoint && { BLOCKHOST_FAILPOINT: failpoint }) },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-10_000);
    });
    child.on('error', reject);
    // Not 'close': a VM that outlives the child may hold its stderr.
    child.on('exit', (code, signal) => {
      child.stderr.destroy();
      resolve({ code, signal, stderr });
    });
  });
}
