import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { GuestAnswer } from './protocol.js';

/** Sets the comment field (GECOS) of a user in a passwd(5) file, and answers the comment as read back. */
export function setGecos(file: string, username: string, comment: string): GuestAnswer {
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${username}:`));
  const fields = lines[at]?.split(':');
  if (fields === undefined || fields.length !== 7)
    return { ok: false, code: 'no-such-user', problem: `the guest has no user ${username}` };
  fields[4] = comment;
  lines[at] = fields.join(':');
  writeFileSync(`${file}.new`, lines.join('\n'), { mode: 0o644 });
  renameSync(`${file}.new`, file);
  return { ok: true, value: gecosOf(readFileSync(file, 'utf8'), username) };
}

/** Comment field of a user; undefined when there is no such user. */
export function gecosOf(passwd: string, username: string): string | undefined {
  return passwd
    .split('\n')
    .find((line) => line.startsWith(`${username}:`))
    ?.split(':')[4];
}
