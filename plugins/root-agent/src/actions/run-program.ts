import { BlockhostError, type Exec, type ExecOptions } from '@blockhost/kernel';

/** What is told of the words of a program: it may say much, and not all of it is for the caller. */
const LONGEST = 300;

/** Runs a program that must succeed; answers its standard output. Throws `root-agent.program-failed` with its first error. */
export async function runProgram(
  exec: Exec,
  argv: readonly [string, ...string[]],
  timeoutMs: number,
  options: Omit<ExecOptions, 'timeoutMs'> = {},
): Promise<string> {
  const { code, stdout, stderr, timedOut } = await exec.run(argv, { ...options, timeoutMs });
  if (code === 0) return stdout;
  const lines = stderr.trim().split('\n');
  const line = lines.find((each) => /\berror\b|\[emerg\]/.test(each)) ?? lines[0] ?? '';
  const reason = timedOut ? `did not end within ${timeoutMs} ms` : `failed: ${line.slice(0, LONGEST)}`;
  throw new BlockhostError('root-agent.program-failed', `${argv[0]} ${reason}`);
}
