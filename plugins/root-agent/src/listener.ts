import { fstatSync } from 'node:fs';
import { chmod, chown, lstat, rename, rm, stat } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';
import { dirname } from 'node:path';
import { BlockhostError } from '@blockhost/kernel';

/** First descriptor that systemd hands over (`sd_listen_fds(3)`). */
const LISTEN_FDS_START = 3;

/**
 * Makes `server` listen: on the socket that systemd passed, else on `path`, mode 0660, owned by this account and the group
 * of its folder (`/run/blockhost` is root:blockhost). Who is in that group may ask for everything the agent does: Node
 * cannot read the credentials of a peer, so the mode of the socket is the gate.
 *
 * Throws `root-agent.answered` when another process answers at `path`, and `root-agent.no-socket` when it cannot be used.
 */
export async function listen(server: Server, path: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (isPassed(env)) {
    await bound(server, { fd: LISTEN_FDS_START });
    return;
  }
  await removeStale(path);
  const { gid } = await stat(dirname(path)).catch((cause) => {
    throw unusable(path, `there is no folder ${dirname(path)}`, cause);
  });
  // Nobody else may connect before mode and group are right. Binding happens before listen() returns.
  const umask = process.umask(0o177);
  let listening: Promise<void>;
  try {
    listening = bound(server, { path });
  } finally {
    process.umask(umask);
  }
  await listening;
  await chown(path, process.geteuid?.() ?? -1, gid);
  await chmod(path, 0o660);
}

function isPassed({ LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv): boolean {
  if (LISTEN_PID !== String(process.pid) || LISTEN_FDS === undefined) return false;
  if (LISTEN_FDS === '1' && fstatSync(LISTEN_FDS_START).isSocket()) return true;
  throw new BlockhostError('root-agent.no-socket', 'The unit must pass exactly one socket.', {
    remedy: 'Correct blockhost-root-agent.socket.',
  });
}

function bound(server: Server, where: { readonly fd: number } | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function removeStale(path: string): Promise<void> {
  const present = await lstat(path).catch(() => null);
  if (present === null) return;
  // In $RUN the service account may make files: no agent ever answered there, and what it put in our place is not looked at.
  if (present.uid !== process.geteuid?.()) return rename(path, `${path}.foreign-${crypto.randomUUID()}`);
  if (!present.isSocket()) throw unusable(path, 'something that is no socket lies there');
  if (await isAnswered(path))
    throw new BlockhostError('root-agent.answered', `Another process answers at ${path}.`, {
      remedy: 'Stop it first: two agents would not know of each other.',
    });
  await rm(path);
}

/** Only a refused connection proves that nobody listens. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
    socket.once('connect', () => socket.destroy());
  });
}

function unusable(path: string, reason: string, cause?: unknown): BlockhostError {
  return new BlockhostError('root-agent.no-socket', `The socket ${path} cannot be made: ${reason}.`, {
    ...(cause === undefined ? {} : { cause }),
    remedy: 'Put the folder in order (tmpfiles.d/blockhost.conf), then start again.',
  });
}
