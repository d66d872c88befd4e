import { expect } from 'chai';
import { endsWith } from './ends-with.js';

const never = new Promise<never>(() => {});
const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => value,
    (error: { code?: string }) => error.code ?? error,
  );

describe('endsWith', () => {
  it('answers what the work answers, and throws what it throws', async () => {
    const { signal } = new AbortController();
    expect(await endsWith(signal, Promise.resolve(1))).to.equal(1);
    expect(await outcome(endsWith(signal, Promise.reject('oops')))).to.equal('oops');
  });

  it('leaves work behind that does not obey its signal', async () => {
    expect(await outcome(endsWith(AbortSignal.abort(), never, 1))).to.equal('pipeline.stuck');
    expect(await outcome(endsWith(AbortSignal.timeout(1), never, 1))).to.equal('pipeline.stuck');
  });

  it('lets work that obeys undo what it began', async () => {
    const undone = new Promise((_, reject) => setTimeout(reject, 5, 'undone'));
    expect(await outcome(endsWith(AbortSignal.abort(), undone, 5_000))).to.equal('undone');
  });
});
