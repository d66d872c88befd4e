import { BlockhostError, type Exec } from '@blockhost/kernel';

/** Runs a program that must succeed; answers its standard output. Throws `root-agent.program-failed` with its first words. */
export async function runProgram(
  exec: Exec,
  argv: readonly [string, ...string[]],
  timeoutMs: number,
): Promise<string> {
  const { code, stdout, stderr, timedOut } = await exec.run(argv, { timeoutMs });
  if (code === 0) return stdout;
  const reason = timedOut
    ? `did not end within ${timeoutMs} ms`
    : `failed: ${stderr.trim().split('\n')[0] ?? ''}`;
  throw new BlockhostError('root-agent.program-failed', `${argv[0]} ${reason}`);
}
