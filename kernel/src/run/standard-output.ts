import type { WriteStream } from 'node:tty';

/** Whoever waits for the stream; nobody makes it: that loads Node's network code, and most commands print past it. */
const waiting = new Set<(stream: WriteStream) => void>();
const present = Object.getOwnPropertyDescriptor(process, 'stdout');
let made: WriteStream | null = null;

if (present?.get && present.configurable)
  Object.defineProperty(process, 'stdout', {
    ...present,
    get(): WriteStream {
      const stream = present.get?.call(process) as WriteStream;
      if (made === null) {
        made = stream;
        for (const act of waiting) act(stream);
      }
      return stream;
    },
  });

/** Standard output as a stream, if anybody in this process used it. */
export const usedStandardOutput = (): WriteStream | null => made;

/** Calls `act` with standard output as a stream: now, or as soon as somebody uses it. Answers how to wait no longer. */
export function whenStandardOutputIsUsed(act: (stream: WriteStream) => void): () => void {
  if (made !== null) act(made);
  else waiting.add(act);
  return () => void waiting.delete(act);
}
