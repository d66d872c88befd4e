import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Who made a connection: as it was then, whatever has become of the process. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Node cannot ask for the credentials of a peer (`SO_PEERCRED`, unix(7)); the Perl of every Debian (`perl-base`) can, of a
 * socket that it is given as descriptor 3. 1 is SOL_SOCKET, 17 SO_PEERCRED, the answer three numbers of 4 bytes.
 */
const PROGRAM = '/usr/bin/perl';
const SCRIPT = 'open(my $s, "<&=", 3) or exit 1; print join " ", unpack "i3", getsockopt($s, 1, 17)';
const TIMEOUT_MS = 2_000;

/** Answers who is at the other end of an open socket; null when nobody can tell. Takes some milliseconds. */
export function peerOf(socket: Socket): Promise<Peer | null> {
  const fd: unknown = Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd');
  if (socket.destroyed || typeof fd !== 'number' || fd < 0) return Promise.resolve(null);
  // Handed over in this very moment: later its number may be that of somebody else's connection.
  const child = spawn(PROGRAM, ['-e', SCRIPT], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'ignore', fd],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', () => {
      const [, pid, uid, gid] = /^(\d+) (\d+) (\d+)$/.exec(text) ?? [];
      resolve(pid === undefined ? null : { pid: Number(pid), uid: Number(uid), gid: Number(gid) });
    });
  });
}
