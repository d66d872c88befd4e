import { readFileSync, writeFileSync } from 'node:fs';
import { acquireLock, isBlockhostError, tryLock } from '@blockhost/kernel';

// A process of the lock's tests: `hold LOCK` takes it and stays, `try LOCK` says what came of it, `count LOCK FILE TIMES`
// adds to the number in a file.
const [what = '', lock = '', file = '', times = '0'] = process.argv.slice(2);
if (what === 'hold') {
  await acquireLock(lock, { timeoutMs: 5_000, purpose: 'a long job' });
  process.stdout.write('held\n');
  setInterval(() => {}, 1_000);
} else if (what === 'try') {
  const taken = await tryLock(lock, 'a try').catch((error) =>
    isBlockhostError(error) ? error.code : 'failed',
  );
  process.stdout.write(`${taken === null ? 'busy' : typeof taken === 'string' ? taken : 'taken'}\n`);
} else
  for (let left = Number(times); left > 0; left -= 1) {
    using _ = await acquireLock(lock, { timeoutMs: 60_000, purpose: 'counting' });
    writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + 1));
  }
