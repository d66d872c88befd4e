/**
 * Named places where a crash test may kill the process.
 *
 * `BLOCKHOST_FAILPOINT=create.boot:before` kills with SIGKILL at the first pass; `…:after#3` at the third. Without the
 * variable a failpoint costs one comparison.
 */
export function failpoint(name: string): void {
  if (armed === undefined || armed.name !== name) return;
  armed.passes -= 1;
  if (armed.passes === 0) process.kill(process.pid, 'SIGKILL');
}

const armed = parse(process.env.BLOCKHOST_FAILPOINT);

function parse(text: string | undefined): { name: string; passes: number } | undefined {
  if (!text) return undefined;
  const [name = '', passes = '1'] = text.split('#');
  return { name, passes: Number(passes) };
}
