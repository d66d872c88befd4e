// The guest: what runs "inside" a sandbox VM. Its working directory is the VM's folder; the supervisor starts it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import type { Definition } from '../vm-folder.js';
import { setGecos } from './passwd.js';
import {
  GUEST_PORT,
  GUEST_SOCKET,
  type GuestAnswer,
  type GuestQuestion,
  IGNORE_SHUTDOWN,
  LONGEST_LINE,
} from './protocol.js';
import { runShell } from './shell.js';

const { spec } = JSON.parse(readFileSync('vm.json', 'utf8')) as Definition;
const rootfs = resolve('rootfs');

if (spec.addresses?.ipv4) await listening(lineService(), { host: spec.addresses.ipv4, port: GUEST_PORT });
// Last, so that a guest that can be asked is a guest whose services are up.
rmSync(GUEST_SOCKET, { force: true });
await listening(agent(), { path: GUEST_SOCKET });
console.log(`${new Date().toISOString()} ${spec.name} is up`);

/** Greets with the VM's name and echoes lines: proof that the VM is up and reachable at its address. */
function lineService(): Server {
  return createServer((socket) => {
    socket.setTimeout(60_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.write(`${spec.name} ready\n`);
    socket.pipe(socket);
  });
}

/** Answers the host's questions, one line per connection. */
function agent(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    let line = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      line += text;
      if (line.length > LONGEST_LINE) socket.destroy();
      const end = line.indexOf('\n');
      if (end < 0) return;
      socket.removeAllListeners('data');
      answer(line.slice(0, end)).then(({ reply, after }) => socket.end(`${JSON.stringify(reply)}\n`, after));
    });
  });
}

async function answer(line: string): Promise<{ reply: GuestAnswer; after?: () => void }> {
  try {
    const question = JSON.parse(line) as GuestQuestion;
    switch (question.ask) {
      case 'ping':
        return { reply: { ok: true, value: spec.name } };
      case 'exec':
        return { reply: await runShell(question.command, rootfs, question.timeoutMs) };
      case 'gecos':
        return { reply: setGecos(join(rootfs, 'etc/passwd'), question.username, question.comment) };
      case 'shutdown':
        if (existsSync(join(rootfs, IGNORE_SHUTDOWN))) return { reply: { ok: true, value: 'ignored' } };
        return { reply: { ok: true, value: 'shutting down' }, after: () => process.exit(0) };
      default:
        return { reply: { ok: false, code: 'no-such-question', problem: 'the guest does not know this' } };
    }
  } catch (error) {
    return { reply: { ok: false, code: 'failed', problem: String(error) } };
  }
}

function listening(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
}
