import { BlockhostError, sentenceOf, type VmRecord } from '@blockhost/kernel';
import { provisionVm } from '../vms/provision-vm.js';
import { tellGuest } from '../vms/tell-guest.js';
import { withVmLock } from '../vms/vm-lock.js';
import { accessSignature } from './access-signature.js';
import { borneOut } from './borne-out.js';
import { endsWith } from './ends-with.js';
import type { Entry } from './entry.js';
import { isoSeconds, known } from './known.js';
import { mint } from './mint.js';
import type { Stage, StageContext } from './stage.js';

const SECOND = 1_000;
const ENDPOINT_MS = 120 * SECOND;

/** The way of a purchase to a VM with a credential (engine.md 3.6 b–g); closing the entry is h. */
export const createStages: readonly Stage[] = [
  {
    name: 'decrypt',
    reached: 'decrypted',
    timeoutMs: 10 * SECOND,
    calls: [],
    async act(entry, context) {
      const signature = await accessSignature(entry, context);
      if (signature === null) return {};
      const { chain, settings, log } = context;
      const signer = await chain.messages.recover(settings.publicSecret, signature);
      if (signer === null || !chain.addresses.same(signer, entry.subscriber))
        log.warn('the access signature is not by the subscriber, who may be unable to read the details', {
          entry: entry.id,
          signer,
          subscriber: entry.subscriber,
        });
      return {};
    },
  },
  {
    name: 'reserve-token',
    reached: 'token_reserved',
    timeoutMs: 10 * SECOND,
    calls: ['ask-next-id'],
    async act(entry, { chain, vms, run }) {
      const next = await run.step('ask-next-id', () => chain.credentials.nextId());
      const hint = next.kind === 'present' ? next.value : null;
      return { reservedTokenId: await vms.reserveToken(entry.vmName, entry.subscriber, hint) };
    },
  },
  {
    name: 'create-vm',
    reached: 'vm_created',
    timeoutMs: 900 * SECOND,
    calls: ['ask-before-vm', 'reserve-vm', 'provision', 'publish-vm'],
    async act(entry, context) {
      const { paths, run, settings } = context;
      await run.step('ask-before-vm', () => borneOut(entry, context));
      const size = settings.planSize(entry.planId);
      const order = {
        name: entry.vmName,
        operationId: entry.operationId,
        ownerWallet: entry.subscriber,
        planId: entry.planId,
        username: settings.username,
        cpu: size.cpu,
        memoryMb: size.memory,
        diskGb: size.disk,
        expiresAt: isoSeconds(entry.expiresAt ?? 0),
      };
      const make = () => provisionVm(order, entry.reservedTokenId, context);
      await withVmLock(paths, entry.vmName, 'creating', make, run.signal);
      return {};
    },
  },
  {
    name: 'encrypt',
    reached: 'encrypted',
    timeoutMs: ENDPOINT_MS + 10 * SECOND,
    calls: ['ask-endpoint'],
    async act(entry, context) {
      if (entry.mint !== null) return {};
      const vm = await standing(entry, context);
      const signature = await accessSignature(entry, context);
      if (signature === null) return { connEncrypted: null };
      const hostname = (await endpoint(vm, context)) ?? vm.fqdn ?? vm.ipv6 ?? vm.ipv4;
      if (!hostname) return known({ kind: 'absent' }, `An address of ${entry.vmName}`);
      const details = JSON.stringify({ hostname, port: vm.loginPort, username: vm.username });
      return { connEncrypted: context.chain.cipher.seal(signature, details) };
    },
  },
  {
    name: 'mint',
    reached: 'nft_minted',
    timeoutMs: 3_720 * SECOND,
    calls: ['ask-before-mint'],
    async act(entry, context) {
      const vm = entry.mint === null ? await standing(entry, context) : null;
      // The reconciler found one that was minted otherwise: a second would be one too many.
      if (vm?.nftMinted && vm.nftTokenId !== null) return { actualTokenId: vm.nftTokenId };
      await context.run.step('ask-before-mint', () => borneOut(entry, context));
      return { actualTokenId: await mint(entry, context) };
    },
  },
  {
    name: 'record',
    reached: 'db_updated',
    timeoutMs: 60 * SECOND,
    calls: ['mark-minted', 'update-gecos', 'update-gecos-tell', 'update-gecos-record'],
    async act(entry, context) {
      const { vms, run, log } = context;
      const tokenId = entry.actualTokenId;
      if (tokenId === null) return known({ kind: 'absent' }, `The credential of ${entry.vmName}`);
      const vm = await run.step('mark-minted', () => vms.markMinted(entry.vmName, tokenId, entry.subscriber));
      if (vm.gecosSynced) return {};
      await run.step('update-gecos', () =>
        tellGuest(vm.name, context, run).catch((error: unknown) => {
          run.signal.throwIfAborted();
          log.warn('the VM still names the reserved credential; the login comment is corrected later', {
            vm: vm.name,
            reason: sentenceOf(error),
          });
        }),
      );
      return {};
    },
  },
];

/**
 * What the connectivity provider tells customers to connect to; null without one. One that fails is asked again: a useless
 * address must not be sealed into a credential (engine.md C39).
 */
async function endpoint(vm: VmRecord, { connectivity, run }: StageContext): Promise<string | null> {
  const { name, ipv6 } = vm;
  const limited = AbortSignal.any([run.signal, AbortSignal.timeout(ENDPOINT_MS)]);
  return run.step('ask-endpoint', async () =>
    connectivity ? endsWith(limited, connectivity.endpoint({ name, ipv6 }), 0) : null,
  );
}

/** A person may have destroyed the VM between two stages: no credential is made for nothing. */
async function standing(
  { vmName, operationId }: Entry,
  { vms }: Pick<StageContext, 'vms'>,
): Promise<VmRecord> {
  const vm = await vms.get(vmName);
  if (vm?.operationId === operationId && vm.status !== 'destroyed') return vm;
  throw new BlockhostError('pipeline.vm-destroyed', `${vmName} is paid for, but was destroyed meanwhile.`, {
    remedy: 'Refund the payment, or make the customer a new VM.',
  });
}
