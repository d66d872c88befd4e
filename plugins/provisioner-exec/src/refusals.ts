import { BlockhostError, type ExecResult, provisionerRefusals } from '@blockhost/kernel';
import { failureText } from './create-result.js';

/** The errors of the verbs, in the words of the port. */
export const refusals = {
  ...provisionerRefusals,

  unreachable: (name: string, reason: string) =>
    new BlockhostError('provisioner.unreachable', `The provisioner's list does not answer for ${name}.`, {
      cause: new Error(reason),
      remedy: 'Nothing was changed; bring the hypervisor back, then try again.',
      facts: { name },
    }),

  outcomeUnknown: (name: string, verb: string, reason: string) =>
    new BlockhostError(
      'provisioner.outcome-unknown',
      `Whether ${verb} of ${name} took effect is not known.`,
      {
        cause: new Error(reason),
        remedy: 'Order the same operation again: it clears what is left of this attempt first.',
        facts: { name, verb },
        exitCode: 6,
      },
    ),

  guestUnreachable: (name: string, reason: string) =>
    new BlockhostError(
      'provisioner.guest-unreachable',
      `The guest of ${name} cannot be reached: ${reason}.`,
      {
        remedy: 'Look at its power state and console; start it if it is off.',
        facts: { name },
      },
    ),

  invalidCommand: (problem: string) =>
    new BlockhostError('provisioner.invalid-command', `The command for the guest ${problem}.`, {
      remedy: 'Write it into a file of the guest first and run that.',
    }),

  /** The verb said no, or was ended: its own words go along. */
  verbFailed: (verb: string, name: string, result: ExecResult) =>
    new BlockhostError('provisioner.verb-failed', `The provisioner's ${verb} failed for ${name}.`, {
      facts: {
        ended: result.timedOut ? 'by its time limit' : (result.signal ?? `with exit code ${result.code}`),
        said: failureText(result.stdout) ?? result.stderr.trimEnd().split('\n').at(-1)?.slice(0, 500) ?? '',
      },
      remedy: "Read the provisioner's messages in the log, remove the reason and try again.",
    }),

  badAnswer: (verb: string, name: string) =>
    new BlockhostError('provisioner.bad-answer', `The provisioner's ${verb} of ${name} makes no sense.`, {
      remedy: 'Report it to the maker of the provisioner.',
      facts: { name, verb },
    }),
};
