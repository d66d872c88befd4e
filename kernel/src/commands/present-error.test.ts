import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import { presentError } from './present-error.js';

const context = { owner: null, interruptedBy: null, debug: false };

describe('presentError', () => {
  it('prints a known error as help and ends with its exit code', () => {
    const error = new BlockhostError('chain.pending', 'Not confirmed in time.', {
      remedy: 'Look the hash up.',
      exitCode: 3,
    });
    expect(presentError(error, context)).to.deep.equal({
      text: 'Not confirmed in time.\nLook the hash up.',
      exitCode: 3,
    });
  });

  it('ends with 2 for a command line that cannot be read, and with the code of exit()', () => {
    const usage = Object.assign(new Error('Nonexistent flag: --foo'), { oclif: { exit: 2 } });
    expect(presentError(usage, context)).to.deep.equal({ text: 'Nonexistent flag: --foo', exitCode: 2 });
    const exit = Object.assign(new Error('EEXIT: 4'), { code: 'EEXIT', oclif: { exit: 4 } });
    expect(presentError(exit, context)).to.deep.equal({ text: '', exitCode: 4 });
  });

  it('says of anything else that it is a fault, whose, and how to see where', () => {
    const owner = { plugin: 'demo', bugs: 'https://example.org/bugs' };
    const { text, exitCode } = presentError(new TypeError('x is not a function'), { ...context, owner });
    expect(exitCode).to.equal(1);
    expect(text.split('\n')).to.deep.equal([
      'Unexpected error: x is not a function',
      'This is a fault of the plugin demo. Tell its authors: https://example.org/bugs',
      'Set BLOCKHOST_DEBUG=1 to see where it happened.',
    ]);
  });

  it('blames a full or read-only disk on nobody, and says what to do', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const { text, exitCode } = presentError(full, { owner: null, interruptedBy: null, debug: false });
    expect({ text, exitCode }).to.deep.equal({
      text: 'ENOSPC: no space left on device, write\nFree space on the file system of this host.',
      exitCode: 1,
    });
  });

  it('shows the stack when asked to', () => {
    const { text } = presentError(new TypeError('x'), { ...context, debug: true });
    expect(text).to.include('present-error.test').and.not.include('BLOCKHOST_DEBUG');
  });

  it('ends as shells expect when a signal aborted the command, also behind another error', () => {
    const controller = new AbortController();
    controller.abort();
    const cause: unknown = controller.signal.reason;
    for (const error of [cause, new BlockhostError('run.failed', 'It failed.', { cause })])
      expect(presentError(error, { ...context, interruptedBy: 'SIGTERM' })).to.deep.equal({
        text: 'Interrupted by SIGTERM.',
        exitCode: 143,
      });
  });
});
