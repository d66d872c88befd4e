import { boot, isBlockhostError, resolvePaths } from '@blockhost/kernel';
import { DATABASE, lead } from '@blockhost/kernel/store';
import { RecordingLogger } from '@blockhost/kernel/testing';

// Leads, counts in the database while it does, as fast as it can, and tells what became of it, one word per line.
const tell = (word: unknown) => process.stdout.write(`${word}\n`);
const kernel = await boot({
  process: 'leading-child',
  paths: resolvePaths(process.env),
  log: new RecordingLogger(),
});
const database = await kernel.get(DATABASE);
try {
  const leading = await lead(database);
  tell('leads');
  leading.addEventListener('abort', () => tell('told'));
  for (;;) await database('led').insert({ pid: process.pid });
} catch (error) {
  tell(isBlockhostError(error) ? error.code : error);
  const again = await database('led')
    .insert({ pid: process.pid })
    .then(() => 'wrote', String);
  tell(again === 'wrote' ? again : 'wrote nothing more');
}
process.exit(0);
