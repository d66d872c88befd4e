// Started by verb-in-child.ts: one verb of a provisioner, in a process that a failpoint may kill.
import type { Provisioner, VmRef, VmSpec } from '../ports/provisioner.js';
import { withRun } from '../run/run.js';
import { RecordingLogger } from './recording-logger.js';

const [module = '', argument = '', verb = '', subject = ''] = process.argv.slice(2);
const { open } = (await import(module)) as { open(argument: string): Promise<Provisioner> };
const provisioner = await open(argument);
await withRun({ name: verb, log: new RecordingLogger() }, async (run) => {
  if (verb === 'create') await provisioner.create(JSON.parse(subject) as VmSpec, run);
  else await provisioner[verb as 'start' | 'kill' | 'destroy'](JSON.parse(subject) as VmRef, run);
});
process.exit(0);
