import {
  BlockhostError,
  hasCode,
  type Logger,
  type Provisioner,
  type ProvisionerCapabilities,
  type ReserveOptions,
  type Run,
  sentenceOf,
  supports,
  type VmOrder,
  type VmRecord,
  type VmStore,
  withRun,
} from '@blockhost/kernel';

/**
 * Makes the VM of an order, or finds the one it made before: at the end exactly one stands and its record is active.
 *
 * Name, addresses and journal entry are durable before the provisioner hears of it. Whoever calls holds the VM's lock.
 */
export async function provisionVm(
  order: VmOrder,
  tokenId: string | null,
  {
    vms,
    provisioner,
    run,
  }: {
    readonly vms: VmStore;
    readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
    readonly run: Run;
  },
): Promise<VmRecord> {
  const wanted = await wantedOf(provisioner);
  const reserved = await run.step('reserve-vm', () => vms.reserve(order, wanted));
  if (reserved.status !== 'creating') return reserved;

  const made = await run.step('provision', () =>
    withRun({ name: 'create', id: order.operationId, signal: run.signal, log: run.log }, (inner) =>
      provisioner.create(
        {
          name: reserved.name,
          operationId: order.operationId,
          ownerWallet: reserved.ownerWallet,
          tokenId,
          username: reserved.username,
          cpu: reserved.cpu,
          memoryMb: reserved.memoryMb,
          diskGb: reserved.diskGb,
          addresses:
            reserved.ipv4 === null && reserved.ipv6 === null
              ? null
              : { ipv4: reserved.ipv4, ipv6: reserved.ipv6 },
          ...(wanted.vmidsInUse && { vmid: reserved.vmid }),
          expiresAt: reserved.expiresAt,
        },
        inner,
      ),
    ),
  );
  if (made.name !== reserved.name)
    throw new BlockhostError(
      'provisioner.wrong-vm',
      `The provisioner answered VM ${made.name} to the order of ${reserved.name}.`,
    );
  return await run.step('publish-vm', () => vms.publish(reserved.name, order.operationId, made));
}

/** What the host reserves for a VM of this provisioner. Throws `provisioner.unreachable`. */
export async function wantedOf(
  provisioner: Provisioner & Partial<ProvisionerCapabilities>,
): Promise<ReserveOptions> {
  const addresses = !supports(provisioner, 'assignsAddresses');
  if (!provisioner.vmidsInUse || !supports(provisioner, 'vmids')) return { addresses };
  const inUse = await provisioner.vmidsInUse();
  if (inUse.kind === 'present') return { addresses, vmidsInUse: inUse.value };
  throw new BlockhostError(
    'provisioner.unreachable',
    'What numbers are in use on the hypervisor is unknown.',
    {
      facts: inUse.kind === 'unknown' ? { reason: inUse.reason } : {},
      remedy: 'Try again when it answers.',
    },
  );
}

/**
 * Undoes an order for good: removes what may exist and frees the addresses once absence is proven, else keeps them from
 * other VMs. A VM that belongs to another operation of the provisioner is not ours to destroy. Throws
 * `provisioner.unreachable`, and nothing has changed.
 */
export async function abandonVm(
  order: { readonly name: string; readonly operationId: string },
  host: { readonly vms: VmStore; readonly provisioner: Provisioner; readonly log: Logger },
  failure: unknown,
): Promise<void> {
  const record = await host.vms.get(order.name);
  if (record?.operationId !== order.operationId || record.status !== 'creating') return;
  let addresses: 'free' | 'quarantine' = 'free';
  if (!hasCode(failure, 'provisioner.name-taken'))
    try {
      await withRun({ name: 'destroy', log: host.log }, (run) => host.provisioner.destroy(record, run));
    } catch (error) {
      if (hasCode(error, 'provisioner.unreachable')) throw error;
      addresses = 'quarantine';
      host.log.error('addresses kept in quarantine: the VM could not be proven gone', {
        vm: record.name,
        reason: sentenceOf(error),
      });
    }
  await host.vms.abandon(record.name, order.operationId, addresses);
}
