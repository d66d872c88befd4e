import { readFileSync, writeFileSync } from 'node:fs';
import { acquireLock } from '@blockhost/kernel';

// A process of the lock's tests: `hold LOCK` takes it and stays, `count LOCK FILE TIMES` adds to the number in a file.
const [what = '', lock = '', file = '', times = '0'] = process.argv.slice(2);
if (what === 'hold') {
  await acquireLock(lock, { timeoutMs: 5_000, purpose: 'a long job' });
  process.stdout.write('held\n');
  setInterval(() => {}, 1_000);
} else
  for (let left = Number(times); left > 0; left -= 1) {
    using _ = await acquireLock(lock, { timeoutMs: 60_000, purpose: 'counting' });
    writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + 1));
  }
