import {
  createHostConfig,
  defineFinalization,
  EXEC,
  PRIVILEGED_ACTIONS,
  type StepContext,
  withRun,
} from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { Hypervisor } from './hypervisor.js';
import Libvirt from './service.js';

/** Set-up of libvirt; every step may run again at any time. */
export default defineFinalization({
  steps: [
    {
      id: 'storage',
      label: 'Write the settings of VMs and make their storage',
      rerunnable: true,
      async run(context) {
        const { answers, config } = context;
        const text = (name: string) => String(answers[name]);
        await config.update(DB_YAML, (present) => ({
          ...present,
          bridge: text('bridge'),
          storage_pool: text('storage_pool'),
          storage_path: text('storage_path'),
          gc_grace_days: Number(answers.gc_grace_days),
          ip_pool: {
            network: text('ip_network'),
            start: text('ip_start'),
            end: text('ip_end'),
            gateway: text('gateway'),
          },
          libvirt: { domain_type: text('domain_type'), template: templateOf(answers) },
        }));
        const { pool, folder } = await (await hypervisorOf(context)).prepare('storage');
        return { status: 'completed', data: { pool: String(pool), folder: String(folder) } };
      },
    },
    {
      id: 'network',
      label: 'Check the bridge of VMs',
      rerunnable: true,
      async run(context) {
        const { bridge, address } = await (await hypervisorOf(context)).prepare('network');
        return { status: 'completed', data: { bridge: String(bridge), address: String(address) } };
      },
    },
    {
      id: 'template',
      label: 'Build the base image of VMs',
      hint: 'may take several minutes',
      timeoutMs: 1_800_000,
      rerunnable: true,
      async run(context) {
        const { paths, log, signal, progress } = context;
        const [exec, agent] = [await context.get(EXEC), await context.get(PRIVILEGED_ACTIONS)];
        // Read anew: the step before has written what it tells.
        const service = new Libvirt(paths, createHostConfig({ paths }), exec, agent);
        const { fingerprint, built } = await withRun(
          { name: 'build-template', log, signal, onProgress: progress },
          (run) => service.buildTemplate({ force: false }, run),
        );
        return { status: built ? 'completed' : 'skipped', data: { fingerprint: fingerprint.slice(0, 12) } };
      },
    },
  ],
});

async function hypervisorOf(context: StepContext): Promise<Hypervisor> {
  return new Hypervisor(await context.get(PRIVILEGED_ACTIONS));
}

function templateOf(answers: Readonly<Record<string, unknown>>): object {
  const { template_kind, mirror, image, image_sha512 } = answers;
  if (template_kind === 'image') return { kind: 'image', source: image, sha512: image_sha512 };
  return template_kind === 'mini' ? { kind: 'mini' } : { kind: 'debian', mirror };
}
