import { boot, PROVISIONER, resolvePaths } from '@blockhost/kernel';

/** The provisioner of the host below `root`, for the process that is killed in the middle of a verb. */
export async function open(root: string) {
  const kernel = await boot({ process: 'test', paths: resolvePaths({ BLOCKHOST_ROOT: root }) });
  return kernel.get(PROVISIONER);
}
