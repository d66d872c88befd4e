import { clientAddress } from './client-address.js';

/**
 * OpenSSH's own words for a login (`auth_log` in auth.c): method, account, address and port as it writes them. The account
 * exists, since it logged in, and names of accounts have no blanks: so nothing that a stranger may choose, which OpenSSH
 * puts behind other first words, can pass for an address.
 */
const ACCEPTED =
  /^Accepted [a-z-]+(?:\/[a-z-]+)? for [^\s]{1,100} from ([0-9A-Fa-f.:]{2,45}) port \d{1,5} ssh2(?:: .*)?$/;

/** Classic or ISO 8601 time, host, and the program with its pid, as system loggers begin a line. */
const PREFIX =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) [^\s]{1,255} sshd(?:-session)?\[\d{1,10}\]: /;

/** Who logged in, from a message of sshd; null when it says something else, or names nobody on the network. */
export function acceptedLogin(message: string): string | null {
  const [, address] = ACCEPTED.exec(message) ?? [];
  return address === undefined ? null : clientAddress(address);
}

/** As {@link acceptedLogin}, from a line of `auth.log`. */
export function acceptedInLogLine(line: string): string | null {
  const [prefix] = PREFIX.exec(line) ?? [];
  return prefix === undefined ? null : acceptedLogin(line.slice(prefix.length));
}

/**
 * As {@link acceptedLogin}, from a line of `journalctl --output json`, with its time in milliseconds. Fields that begin
 * with `_` are the journal's own word for who wrote (`systemd.journal-fields(7)`): only root's sshd is believed.
 */
export function acceptedInJournal(line: string): { readonly address: string; readonly at: number } | null {
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  const { MESSAGE, _UID, _COMM, __REALTIME_TIMESTAMP } = entry ?? {};
  if (_UID !== '0' || (_COMM !== 'sshd' && _COMM !== 'sshd-session') || typeof MESSAGE !== 'string')
    return null;
  const address = acceptedLogin(MESSAGE);
  const at = Math.floor(Number(__REALTIME_TIMESTAMP) / 1_000);
  return address === null || !Number.isSafeInteger(at) ? null : { address, at };
}
