import { BlockhostError } from '../errors/blockhost-error.js';
import type { ConfigFile } from '../ports/config.js';
import { schemaProblems } from './schema-problems.js';

/** `content` when it satisfies the file's schema; throws `config.invalid` with every mistake otherwise. */
export async function checkContent<T>(file: ConfigFile<T>, content: unknown, path: string): Promise<T> {
  if (file.schema === undefined) return content as T;
  const problems = await schemaProblems(file.schema, content);
  if (problems.length === 0) return content as T;
  const mistakes = problems.map(({ pointer, problem }) => `${pointer || 'the file'} ${problem}`);
  throw new BlockhostError('config.invalid', `${path} is not as expected: ${mistakes.join('; ')}.`, {
    remedy: 'Correct these values; unknown keys do no harm.',
  });
}
