import type { BlockhostError } from '@blockhost/kernel';
import { formatIp, parseIp } from '../vms/ip-address.js';
import { badFile, type JsonOrder, type JsonToken } from './vms-json.js';

/** What the VMs of a file have, each of it once. Throws `state.bad-file` for what has two owners. */
export class Owned {
  readonly addresses = new Map<string, number>();
  readonly #others = new Set<string>();

  constructor(private readonly path: string) {}

  /** Answers who to tell the number of its row. */
  claim(vm: JsonOrder): (id: number) => void {
    const addresses = [vm.ip_address, vm.ipv6_address].flatMap((address) =>
      address ? [canonicalAddress(address, this.path)] : [],
    );
    for (const address of addresses) this.#claim(address, vm);
    if (vm.vmid > 0) this.#claim(`vmid ${vm.vmid}`, vm);
    if (vm.nft_minted && !this.claimCredential(vm)) throw this.#twoOwners(credential(vm), vm);
    return (id) => {
      for (const address of addresses) this.addresses.set(address, id);
    };
  }

  /** False when another VM has it. */
  claimCredential(vm: JsonOrder): boolean {
    if (this.#others.has(credential(vm))) return false;
    this.#others.add(credential(vm));
    return true;
  }

  claimOperation(id: string, vm: JsonOrder): void {
    this.#claim(`operation ${id}`, vm);
  }

  claimReservation(token: JsonToken): void {
    this.#claim(`reserved credential of ${token.vm_name}`, token);
  }

  #claim(thing: string, vm: { readonly vm_name: string }): void {
    if (this.#others.has(thing)) throw this.#twoOwners(thing, vm);
    this.#others.add(thing);
  }

  #twoOwners(thing: string, { vm_name }: { readonly vm_name: string }): BlockhostError {
    return badFile(this.path, 'gives something two owners', { [thing]: vm_name });
  }
}

const credential = ({ nft_token_id }: JsonOrder) => `credential ${nft_token_id}`;

/** One spelling per address. */
export function canonicalAddress(address: string, path: string): string {
  const parsed = parseIp(address);
  if (parsed) return formatIp(parsed.family, parsed.value);
  throw badFile(path, 'names an address that is none', { [address]: 'is not an IP address' });
}
