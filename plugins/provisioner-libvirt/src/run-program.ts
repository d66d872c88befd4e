import { BlockhostError, type Exec, type ExecOptions } from '@blockhost/kernel';

/** Runs a program that must succeed; answers its standard output. Throws `libvirt.program-failed` with its last words. */
export async function runProgram(
  exec: Exec,
  argv: readonly [string, ...string[]],
  timeoutMs: number,
  options: Omit<ExecOptions, 'timeoutMs'> = {},
): Promise<string> {
  const { code, stdout, stderr, timedOut } = await exec.run(argv, { ...options, timeoutMs });
  if (code === 0) return stdout;
  const words = stderr.trim().split('\n').at(-1) ?? '';
  const reason = timedOut ? `did not end within ${timeoutMs} ms` : `failed: ${words}`;
  throw new BlockhostError('libvirt.program-failed', `${argv[0]} ${reason}.`, {
    facts: { program: argv[0] },
    remedy: 'Look whether the program and what it works on are there.',
  });
}
