// Started by template-rebuild.test.ts: builds the base image anew, in a process that a failpoint kills.
import { withRun } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { open } from './open-libvirt.js';

const provisioner = await open(process.argv[2] ?? '');
await withRun({ name: 'build-template', log: new RecordingLogger() }, async (run) =>
  provisioner.buildTemplate?.({ force: true }, run),
);
process.exit(0);
