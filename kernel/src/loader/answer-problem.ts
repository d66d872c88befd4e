import { shown } from '../manifests/printable.js';
import { valueAt } from '../manifests/value-at.js';
import type { PortContract } from '../ports/token.js';
import type { AnswerProblem } from './guard-port.js';

/** The check of a port's answers against their schemas below manifests/answers/. */
export async function answerProblem(
  contract: PortContract,
): Promise<(schema: string, answer: unknown) => AnswerProblem | null> {
  if (Object.keys(contract.answers).length === 0) return () => null;
  const { answerValidators } = await import('../../generated/answer-validators.js');
  return (schema, answer) => {
    const validate = answerValidators[schema];
    if (!validate || validate(answer)) return null;
    const error = validate.errors?.find(({ keyword }) => keyword !== 'if');
    const pointer = error?.instancePath ?? '';
    return {
      pointer,
      found: shown(valueAt(answer, pointer)),
      expected: error?.message ?? `what ${schema} says`,
    };
  };
}
