/**
 * Runs a program for as long as standard input stays open: `node keeper.js PROGRAM ARGUMENTS…`. The operating system
 * closes that pipe however its other end dies, so the program never outlives whoever wanted it.
 */
import { spawn } from 'node:child_process';

const [program = '', ...args] = process.argv.slice(2);
const GRACE_MS = 5_000;

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.once('exit', (code) => process.exit(code ?? 1));

const end = () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
};
process.stdin.once('close', end).resume();
process.on('SIGTERM', end);
process.on('SIGINT', end);
