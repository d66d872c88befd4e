// Runs in a worker thread: see parent-gone.ts.
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const STOP_WITHIN_MS = 5_000;

new Socket({ fd: workerData as number }).resume().on('close', () => {
  parentPort?.postMessage('gone');
  // 0 is the group of this process, which a supervised one leads.
  setTimeout(() => process.kill(0, 'SIGKILL'), STOP_WITHIN_MS);
});
