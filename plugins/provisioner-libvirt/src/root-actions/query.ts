import { actionParameters, type Exec, type RootAction } from '@blockhost/kernel';
import { hostFacts } from './host-facts.js';
import { DOMAIN, UUID } from './parameters.js';
import { failed } from './refusal.js';
import { type Answered, virsh } from './virsh.js';

/** Looking is quick or it is no answer. */
const TIMEOUT_MS = 8_000;

/**
 * What libvirt knows, read-only. Answers `{kind: 'present', value}`, `{kind: 'absent'}` when libvirt answers that there is no
 * such VM, and `{kind: 'unknown', reason}` whenever it does not answer.
 */
export const virshQuery: RootAction = {
  name: 'virsh-query',
  parameters: actionParameters(
    {
      query: { enum: ['version', 'host', 'domains', 'state', 'stats', 'guest-ping'] },
      uuid: UUID,
      name: DOMAIN,
    },
    'uuid',
    'name',
  ),
  mutates: false,
  timeoutMs: 20_000,
  resource: ({ query, uuid, name }) => `query:${query}:${uuid ?? name}`,
  async run({ query, uuid, name }, context) {
    const { exec } = context;
    if (query === 'host') return { kind: 'present', value: await hostFacts(context) };
    if (query === 'version') return answer(await look(exec, 'version', '--daemon'), (text) => text.trim());
    if (query === 'domains') return domains(exec);
    if (query === 'stats') return stats(exec, String(uuid ?? name ?? ''));
    const vm = String(uuid ?? name ?? '');
    if (vm === '') throw failed('This query needs the UUID or the name of a VM.');
    if (query === 'state') return answer(await look(exec, 'domstate', vm), (text) => text.trim());
    const ping = JSON.stringify({ execute: 'guest-ping' });
    return answer(await look(exec, 'qemu-agent-command', vm, '--timeout', '2', ping), () => true);
  },
};

function look(exec: Exec, ...argv: string[]): Promise<Answered> {
  return virsh(exec, argv, { timeoutMs: TIMEOUT_MS });
}

function answer(answered: Answered, read: (text: string) => unknown): Readonly<Record<string, unknown>> {
  if (answered.kind === 'ok') return { kind: 'present', value: read(answered.text) };
  if (answered.kind === 'absent') return { kind: 'absent' };
  return { kind: 'unknown', reason: answered.reason };
}

const LISTED = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(\S.*?)\s*$/gm;

/** Every domain as `{uuid, name}` and the number of its state, in two looks of one client. */
async function domains(exec: Exec): Promise<Readonly<Record<string, unknown>>> {
  const answered = await look(exec, 'list --all --uuid --name; domstats --state --nowait');
  return answer(answered, (text) => {
    const told = statsByName(text);
    // One that came or went between the two looks has no state: it is looked at again the next time.
    return [...text.matchAll(LISTED)].flatMap(([, uuid, name = '']) => {
      const state = told.get(name)?.['state.state'];
      return state === undefined ? [] : [{ uuid, name, state: Number(state) }];
    });
  });
}

/** Figures of one domain, or of every one, as `{uuid, stats}`: only what is made use of, so that a thousand fit an answer. */
async function stats(exec: Exec, vm: string): Promise<Readonly<Record<string, unknown>>> {
  if (vm !== '')
    return answer(await look(exec, 'domstats', vm, '--nowait', '--raw'), (text) =>
      [...statsByName(text).values()].map((own) => ({ stats: own })),
    );
  const answered = await look(exec, 'list --all --uuid --name; domstats --nowait --raw');
  return answer(answered, (text) => {
    const told = statsByName(text);
    return [...text.matchAll(LISTED)].flatMap(([, uuid, name = '']) => {
      const own = told.get(name);
      return own === undefined ? [] : [{ uuid, stats: own }];
    });
  });
}

const USED =
  /^(state\.state|cpu\.time|vcpu\.current|balloon\.(available|usable|rss)|block\.\d+\.(name|(rd|wr)\.(reqs|bytes))|net\.0\.[rt]x\.bytes)$/;

/** What `virsh domstats` tells, by the names of the domains. */
function statsByName(text: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const told = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const domain = /^Domain: '(.*)'$/.exec(line)?.[1];
    if (domain !== undefined) {
      current = {};
      told.set(domain, current);
    }
    const [, name = '', value = ''] = /^\s+([a-z0-9._-]+)=(.*)$/.exec(line) ?? [];
    if (USED.test(name)) current[name] = value;
  }
  return told;
}
