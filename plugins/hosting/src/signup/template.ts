import { BlockhostError } from '@blockhost/kernel';
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { REQUIRED_IDS } from './page-contract.js';

export type Element = Tree.Element;
export type Node = Tree.ChildNode;

export interface Template {
  readonly document: Tree.Document;
  readonly head: Element;
  readonly body: Element;
}

/** Attributes by which a browser fetches something on its own. */
const FETCHES: Readonly<Record<string, readonly string[]>> = {
  img: ['src', 'srcset'],
  link: ['href'],
  source: ['src', 'srcset'],
  video: ['src', 'poster'],
  audio: ['src'],
  image: ['href', 'xlink:href'],
  use: ['href', 'xlink:href'],
  input: ['src'],
};

/** Elements that bring programs, other documents or another base address into the page. */
const FORBIDDEN = new Set(['script', 'iframe', 'frame', 'object', 'embed', 'base', 'applet', 'portal']);

/**
 * Parses a page template: HTML and CSS, no program. Throws `signup.template` with everything that is wrong with it at
 * once: missing ids, ids used twice, programs, and things a browser would load from elsewhere.
 */
export function readTemplate(html: string, file: string): Template {
  const document = parse(html);
  const problems: string[] = [];
  const ids = new Map<string, number>();
  for (const element of elements(document)) {
    const id = attribute(element, 'id');
    if (id !== undefined) ids.set(id, (ids.get(id) ?? 0) + 1);
    problems.push(...problemsOf(element));
  }
  const missing = REQUIRED_IDS.filter((id) => !ids.has(id));
  if (missing.length > 0)
    problems.push(`it lacks the ${missing.length === 1 ? 'id' : 'ids'} ${missing.join(', ')}`);
  for (const id of REQUIRED_IDS) if ((ids.get(id) ?? 0) > 1) problems.push(`the id ${id} is there twice`);
  if (problems.length > 0)
    throw new BlockhostError(
      'signup.template',
      `The template ${file} cannot be used:\n  ${problems.join('\n  ')}`,
      {
        remedy:
          'Correct the template: it is HTML and CSS with the ids the page needs; the program comes from the engine.',
      },
    );
  const [head, body] = ['head', 'body'].map((name) =>
    elements(document).find((each) => each.tagName === name),
  );
  if (!head || !body) throw new Error('a parsed document has a head and a body (HTML standard, 13.2.6)');
  return { document, head, body };
}

function problemsOf(element: Element): string[] {
  const { tagName, attrs } = element;
  if (FORBIDDEN.has(tagName)) return [`it has a <${tagName}> element`];
  const problems: string[] = [];
  if (tagName === 'meta' && attribute(element, 'http-equiv') !== undefined)
    problems.push('it has a <meta http-equiv>; the generator writes the policy of the page');
  for (const { name, value } of attrs) {
    if (/^on/i.test(name)) problems.push(`<${tagName}> has a program in its attribute ${name}`);
    if (/^\s*javascript:/i.test(value)) problems.push(`<${tagName}> has a program in its attribute ${name}`);
    if (FETCHES[tagName]?.includes(name) && !/^(?:data:|#)/.test(value.trim()))
      problems.push(
        `<${tagName} ${name}="${value.slice(0, 60)}"> loads something; put it into the page as data:`,
      );
  }
  if (tagName === 'style' && /@import|url\(\s*["']?(?!data:|#)/i.test(textOf(element)))
    problems.push('a style loads something; put it into the page as data:');
  return problems;
}

/** Every element below, in the order of the document, contents of <template> included. */
export function elements(parent: Tree.ParentNode): Element[] {
  return parent.childNodes.flatMap((node) => {
    if (!('tagName' in node)) return [];
    return 'content' in node ? [node, ...elements(node.content)] : [node, ...elements(node)];
  });
}

export function attribute({ attrs }: Element, name: string): string | undefined {
  return attrs.find((each) => each.name === name)?.value;
}

export function textOf({ childNodes }: Element): string {
  return childNodes.map((node) => ('value' in node ? node.value : '')).join('');
}
