import { BlockhostError, type SignupFacts } from '@blockhost/kernel';
import { parsePublicKey } from '@blockhost/kernel/crypto';
import type { BlockhostYaml } from '@blockhost/kernel/host-files';
import { COLOR_PATTERN, DEFAULT_COLOR, DEFAULT_TITLE } from './page-contract.js';
import type { PageContent } from './render-page.js';

const DEFAULT_SECRET = 'blockhost-access';

/** Values of a page from the host's files and the engine's facts (engine.md 7.2). Throws `signup.invalid` with all problems. */
export function pageValues(
  yaml: BlockhostYaml,
  engine: { readonly name: string; readonly accentColor: string | undefined },
  facts: SignupFacts,
): Omit<PageContent, 'script'> {
  const problems: string[] = [];
  const serverPublicKey = yaml.server_public_key ?? '';
  if (serverPublicKey === '') problems.push('server_public_key is empty');
  else if (!isPublicKey(serverPublicKey)) problems.push('server_public_key is no uncompressed public key');
  const color = yaml.primary_color ?? engine.accentColor ?? DEFAULT_COLOR;
  if (!COLOR_PATTERN.test(color))
    problems.push(`primary_color is ${JSON.stringify(color.slice(0, 40))}, not a colour such as "#6366f1"`);
  if (problems.length > 0)
    throw new BlockhostError('signup.invalid', `blockhost.yaml cannot make a page: ${problems.join('; ')}.`, {
      remedy: 'Correct blockhost.yaml, or run "blockhost setup" first.',
    });
  const publicSecret = yaml.public_secret ?? DEFAULT_SECRET;
  return {
    placeholders: {
      PAGE_TITLE: yaml.page_title ?? DEFAULT_TITLE,
      PRIMARY_COLOR: color,
      PUBLIC_SECRET: publicSecret,
      SERVER_PUBLIC_KEY: serverPublicKey,
      ENGINE_NAME: engine.name,
      ...facts.placeholders,
    },
    config: { publicSecret, serverPublicKey, engineName: engine.name, ...facts.config },
    connect: facts.connect,
  };
}

function isPublicKey(text: string): boolean {
  try {
    parsePublicKey(text);
    return true;
  } catch {
    return false;
  }
}
