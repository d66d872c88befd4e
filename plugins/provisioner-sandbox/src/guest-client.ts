import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { BlockhostError } from '@blockhost/kernel';
import { GUEST_SOCKET, type GuestAnswer, type GuestQuestion, LONGEST_LINE } from './guest/protocol.js';

/** Asks the guest of a VM folder; throws `provisioner.guest-unreachable` when no answer comes in time. */
export async function askGuest(
  folder: string,
  question: GuestQuestion,
  timeoutMs: number,
): Promise<GuestAnswer> {
  try {
    // A socket address holds 107 bytes; through the open folder its path is short wherever the folder is.
    const handle = await open(folder, 'r');
    try {
      return await ask(`/proc/self/fd/${handle.fd}/${GUEST_SOCKET}`, question, timeoutMs);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new BlockhostError('provisioner.guest-unreachable', 'The guest of this VM does not answer.', {
      cause,
      remedy: 'Look at its power state and console; start it if it is off.',
    });
  }
}

function ask(path: string, question: GuestQuestion, timeoutMs: number): Promise<GuestAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(question)}\n`));
    let line = '';
    socket.setEncoding('utf8');
    const limit = setTimeout(
      () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      Math.max(timeoutMs, 1),
    );
    socket.on('data', (text: string) => {
      line += text;
      if (line.length > LONGEST_LINE) socket.destroy(new Error('the answer is too long'));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(limit);
      if (!line.endsWith('\n')) return reject(new Error('the connection ended without an answer'));
      try {
        resolve(JSON.parse(line) as GuestAnswer);
      } catch (error) {
        reject(error);
      }
    });
  });
}
