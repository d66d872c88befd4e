import { defineFinalization, type StepContext, withRun } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { DEFAULT_SANDBOX_DIR } from './inventory.js';
import Sandbox from './service.js';
import { VmFolders } from './vm-folder.js';

/** Set-up of the sandbox; both steps may run again at any time. */
export default defineFinalization({
  steps: [
    {
      id: 'storage',
      label: "Make the sandbox's folders and reserve its addresses",
      rerunnable: true,
      async run({ answers, config, paths }) {
        const answer = (name: string, byDefault: string) => String(answers[name] ?? byDefault);
        const dir = answer('sandbox_dir', DEFAULT_SANDBOX_DIR);
        const pool = {
          network: answer('ip_network', '127.77.0.0/16'),
          start: answer('ip_start', '127.77.0.10'),
          end: answer('ip_end', '127.77.255.250'),
          gateway: answer('gateway', '127.77.0.1'),
        };
        await new VmFolders(paths.resolve(dir)).prepare();
        await config.update(DB_YAML, (present) => ({ ...present, sandbox_dir: dir, ip_pool: pool }));
        return { status: 'completed', data: { folder: dir, addresses: `${pool.start} – ${pool.end}` } };
      },
    },
    {
      id: 'template',
      label: "Build the sandbox's base image",
      rerunnable: true,
      async run(context) {
        const { fingerprint, built } = await build(context);
        return { status: built ? 'completed' : 'skipped', data: { fingerprint: fingerprint.slice(0, 12) } };
      },
    },
  ],
});

function build({ config, paths, log, signal, progress }: StepContext) {
  return withRun({ name: 'build-template', log, signal, onProgress: progress }, (run) =>
    new Sandbox(paths, config).buildTemplate({ force: false }, run),
  );
}
