import { BlockhostError } from '../errors/blockhost-error.js';

/** What `work` answers, or after `ms` an error with `code` and `sentence`; the work itself cannot be stopped. */
export async function within<T>(work: Promise<T>, ms: number, code: string, sentence: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new BlockhostError(code, sentence)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
