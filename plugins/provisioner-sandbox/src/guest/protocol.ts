/**
 * What host and guest say to each other over the unix socket `guest.sock` in the VM's folder: one JSON line each way,
 * one question per connection.
 */
export type GuestQuestion =
  | { readonly ask: 'ping' }
  | { readonly ask: 'shutdown' }
  | { readonly ask: 'exec'; readonly command: string; readonly timeoutMs: number }
  | { readonly ask: 'gecos'; readonly username: string; readonly comment: string };

export type GuestAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly problem: string };

export interface ExecValue {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const GUEST_SOCKET = 'guest.sock';

/** Port of the guest's line service on its own address: free to use without privilege. */
export const GUEST_PORT = 7722;

/** A guest that has this file in its root file system does not react to a request to shut down. */
export const IGNORE_SHUTDOWN = 'etc/ignore-shutdown';

/** Longest line either side accepts; two full outputs of a command fit. */
export const LONGEST_LINE = 16 * 1024 * 1024;
