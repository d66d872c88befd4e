import {
  type Address,
  absent,
  type ChainEngine,
  type Presence,
  present,
  type TokenReservation,
  unknown,
  type VmRecord,
} from '@blockhost/kernel';
import type { Observation } from './observation.js';
import type { Paced } from './paced.js';

/** Credentials asked for in one query. */
const BATCH = 100;
/** Credentials without a record that one run looks at. */
const MOST_UNBOUND = 100;

export interface Owners {
  of(tokenId: string): Presence<Address>;
  readonly unbound: Observation['unbound'];
}

/** Owners of all recorded credentials, of the administrator's, and of those younger than all of them. */
export async function observeOwners({
  records,
  tokens,
  adminTokenId,
  chain: { credentials },
  ask,
}: {
  readonly records: readonly VmRecord[];
  readonly tokens: readonly TokenReservation[];
  readonly adminTokenId: string | null;
  readonly chain: Pick<ChainEngine, 'credentials'>;
  readonly ask: Paced;
}): Promise<Owners> {
  const recorded = [
    ...new Set([
      ...records.flatMap(({ nftMinted, nftTokenId }) =>
        nftMinted && nftTokenId !== null ? [nftTokenId] : [],
      ),
      ...(adminTokenId === null ? [] : [adminTokenId]),
    ]),
  ];
  const owners = new Map<string, Presence<Address>>();
  const read = async (ids: readonly string[]) => {
    const answer = await ask(() => credentials.owners(ids.map(BigInt)));
    for (const [index, id] of ids.entries()) owners.set(id, ownerAt(answer, index));
  };
  for (let from = 0; from < recorded.length; from += BATCH) await read(recorded.slice(from, from + BATCH));

  const next = await ask(() => credentials.nextId());
  const known = [...tokens.map(({ tokenId }) => tokenId), ...recorded].map(BigInt);
  let oldest = 0n;
  for (const id of known) if (id >= oldest) oldest = id + 1n;
  const young: string[] = [];
  if (next.kind === 'present')
    for (let id = oldest; id < next.value && young.length < MOST_UNBOUND; id += 1n) young.push(String(id));
  if (young.length > 0) await read(young);
  const isRead = next.kind === 'present' && young.every((id) => owners.get(id)?.kind !== 'unknown');
  return {
    of: (tokenId) => owners.get(tokenId) ?? unknown('nobody asked'),
    unbound: isRead
      ? young.flatMap((tokenId) => {
          const owner = owners.get(tokenId);
          return owner?.kind === 'present' ? [{ tokenId, owner: owner.value }] : [];
        })
      : null,
  };
}

function ownerAt(answer: Presence<readonly (Address | null)[]>, index: number): Presence<Address> {
  if (answer.kind === 'unknown') return answer;
  const owner = answer.kind === 'present' ? answer.value[index] : undefined;
  // An answer too short says nothing of the rest.
  if (owner === undefined) return unknown('the chain answered for fewer credentials than were asked');
  return owner === null ? absent : present(owner);
}
