import { createHash } from 'node:crypto';
import { BlockhostError } from '@blockhost/kernel';
import { html, serialize, defaultTreeAdapter as tree } from 'parse5';
import { COLOR_PATTERN, NEEDS_ATTRIBUTE } from './page-contract.js';
import { attribute, type Element, elements, type Node, type Template, textOf } from './template.js';

export interface PageContent {
  /** Placeholder → value; null where this chain has none. */
  readonly placeholders: Readonly<Record<string, string | number | null>>;
  /** The global `CONFIG` that the engine's script reads. */
  readonly config: Readonly<Record<string, string | number>>;
  /** Origins the page may talk to. */
  readonly connect: readonly string[];
  /** The engine's program: wallet and chain, no import left in it. */
  readonly script: string;
}

export interface Page {
  readonly html: string;
  /** Content-Security-Policy under which the page works, for a web server's header. */
  readonly policy: string;
}

const PLACEHOLDER = /\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}/g;

/**
 * Joins a template, the values of a host and an engine's script into one self-contained page. Every value is written as
 * text of the place where it stands, so that none can become markup, style or program. Throws `signup.placeholder`.
 */
export function renderPage({ document, head, body }: Template, content: PageContent): Page {
  for (const element of elements(document)) fill(element, content.placeholders);
  drop(document, content.placeholders);

  const styles = elements(document).filter(({ tagName }) => tagName === 'style');
  const styleAttributes = elements(document).flatMap((element) => attribute(element, 'style') ?? []);
  const scripts = [
    `const CONFIG = Object.freeze(${jsonForScript(content.config)});`,
    programOf(content.script),
  ];
  const policy = [
    `default-src 'none'`,
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes([...styles.map(textOf), ...styleAttributes])}${styleAttributes.length ? ` 'unsafe-hashes'` : ''}`,
    `img-src data:`,
    `font-src data:`,
    `connect-src ${content.connect.join(' ')}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');

  const meta = element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy });
  const first = head.childNodes[0];
  if (first) tree.insertBefore(head, meta, first);
  else tree.appendChild(head, meta);
  // The encoding must be told within the first 1,024 bytes (HTML standard, 4.2.5.4): it goes before the long policy.
  for (const each of elements(head).filter((one) => attribute(one, 'charset') !== undefined))
    tree.detachNode(each);
  tree.insertBefore(head, element('meta', { charset: 'utf-8' }), meta);
  for (const text of scripts) {
    const script = element('script', {});
    tree.insertText(script, text);
    tree.appendChild(body, script);
  }
  return { html: `${serialize(document)}\n`, policy };
}

function fill(target: Element, values: PageContent['placeholders']): void {
  const isStyle = target.tagName === 'style';
  for (const node of target.childNodes)
    if (node.nodeName === '#text' && 'value' in node) node.value = replaced(node.value, values, isStyle);
  for (const each of target.attrs)
    each.value = replaced(each.value, values, isStyle || each.name === 'style');
}

function replaced(text: string, values: PageContent['placeholders'], isStyle: boolean): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    if (!(name in values))
      throw refused(`The template has a placeholder ${whole}, which no value belongs to.`, values);
    const value = values[name];
    // CSS has no escape that fits everywhere; a colour is the one thing a style needs of a host.
    if (isStyle && !(typeof value === 'string' && COLOR_PATTERN.test(value)))
      throw refused(`The template writes ${whole} into a style, where only a colour may stand.`, values);
    return value === null || value === undefined ? '' : String(value);
  });
}

function refused(sentence: string, values: PageContent['placeholders']): BlockhostError {
  return new BlockhostError('signup.placeholder', sentence, {
    remedy: `Placeholders are ${Object.keys(values).join(', ')}.`,
  });
}

/** Sections for what this chain does not have go. */
function drop(document: Template['document'], values: PageContent['placeholders']): void {
  for (const each of elements(document)) {
    const needs = attribute(each, NEEDS_ATTRIBUTE);
    if (needs !== undefined && (values[needs] ?? null) === null) tree.detachNode(each as Node);
  }
}

/** JSON that is also a JavaScript literal and cannot end its element (HTML standard, 4.12.1.3). */
function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}

function programOf(script: string): string {
  if (!/<\/script|<!--/i.test(script)) return script;
  throw new BlockhostError(
    'signup.script',
    'The engine’s script would end its own element: it holds "</script" or "<!--".',
    {
      remedy: 'Bundle the script again so that these are written "<\\/script" and "<\\!--".',
    },
  );
}

function hashes(texts: readonly string[]): string {
  if (texts.length === 0) return `'none'`;
  return [...new Set(texts)]
    .map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    .join(' ');
}

function element(name: string, attributes: Readonly<Record<string, string>>): Element {
  const attrs = Object.entries(attributes).map(([key, value]) => ({ name: key, value }));
  return tree.createElement(name, html.NS.HTML, attrs);
}
