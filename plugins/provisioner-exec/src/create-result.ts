import { isIPv4, isIPv6 } from 'node:net';
import type { CreatedVm, VmSpec } from '@blockhost/kernel';

const SENTINEL = 'BLOCKHOST_RESULT: ';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The JSON object that `create` printed (specification provisioners.md 2.2): the last sentinel line, else the last line
 * that is an object with `status`, else the whole of stdout. null when there is none.
 */
export function resultObject(stdout: string): Fields | null {
  const lines = stdout.split('\n').map((line) => line.trim());
  const sentinel = lines.findLast((line) => line.startsWith(SENTINEL));
  if (sentinel !== undefined) return parseObject(sentinel.slice(SENTINEL.length));
  for (const line of lines.toReversed()) {
    const candidate = line.startsWith('{') ? parseObject(line) : null;
    if (candidate && 'status' in candidate) return candidate;
  }
  return parseObject(stdout);
}

/** What was created, in the words of the port; null when the object does not say so. */
export function createdVm(result: Fields | null, spec: VmSpec): CreatedVm | null {
  if (result?.status !== 'ok' || (result.vm_name !== undefined && result.vm_name !== spec.name)) return null;
  const [ipv4, ipv6] = [address(result.ip, isIPv4), address(result.ipv6, isIPv6)];
  if (ipv4 === undefined || ipv6 === undefined) return null;
  const id = result.vmid;
  return {
    name: spec.name,
    backendRef: (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : spec.name,
    username: typeof result.username === 'string' && result.username !== '' ? result.username : spec.username,
    ipv4,
    ipv6,
  };
}

/** The reason that a failed verb may print; null when it printed none. */
export function failureText(stdout: string): string | null {
  const error = resultObject(stdout)?.error;
  return typeof error === 'string' && error !== '' ? error : null;
}

/** null when there is none, undefined when what stands there is no address. */
function address(value: unknown, valid: (text: string) => boolean): string | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' && valid(value) ? value : undefined;
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}
