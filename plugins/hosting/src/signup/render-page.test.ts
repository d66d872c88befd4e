import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { parse } from 'parse5';
import { REQUIRED_IDS } from './page-contract.js';
import { type PageContent, renderPage } from './render-page.js';
import { attribute, elements, readTemplate, textOf } from './template.js';

const ids = REQUIRED_IDS.map((id) => `<div id="${id}"></div>`).join('');
const hostile = `</title></script><script>alert(1)</script><img src=x onerror='"alert(2)'>{{RPC_URL}}\u2028`;

const content: PageContent = {
  placeholders: {
    PAGE_TITLE: hostile,
    PRIMARY_COLOR: '#627EEA',
    RPC_URL: 'https://node.example/',
    TOKEN: null,
  },
  config: { publicSecret: hostile, chainId: 31_337 },
  connect: ['https://node.example'],
  script: 'globalThis.ran = CONFIG.publicSecret;',
};

function render(template: string, changes: Partial<PageContent> = {}) {
  const page = renderPage(readTemplate(template + ids, 'page.html'), { ...content, ...changes });
  const all = elements(parse(page.html));
  return { ...page, all, scripts: all.filter(({ tagName }) => tagName === 'script').map(textOf) };
}

describe('a rendered page', () => {
  it('shows every value as text, whatever it holds', () => {
    const { all, scripts } = render(
      '<title>{{PAGE_TITLE}}</title><p title="{{PAGE_TITLE}}">{{ PAGE_TITLE }}</p>',
    );
    const [title, p] = ['title', 'p'].map((name) => all.find(({ tagName }) => tagName === name));
    expect(title && textOf(title)).to.equal(hostile);
    expect(p && textOf(p)).to.equal(hostile);
    expect(p && attribute(p, 'title')).to.equal(hostile);
    expect(scripts).to.have.lengthOf(2);
    expect(all.filter(({ tagName }) => tagName === 'img')).to.deep.equal([]);
  });

  it('gives the engine its values unchanged, before its program runs', () => {
    const { scripts } = render('');
    const context: { ran?: string } = {};
    runInNewContext(scripts.join('\n'), context);
    expect(context.ran).to.equal(hostile);
  });

  it('allows by its policy exactly the scripts and styles that are in it, and its node', () => {
    const { policy, scripts, all } = render('<style>p{color:{{PRIMARY_COLOR}}}</style>');
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).to.include(`script-src ${scripts.map(hash).join(' ')};`);
    expect(policy).to.include(`style-src ${hash('p{color:#627EEA}')};`);
    expect(policy).to.include(`default-src 'none'`).and.to.include('connect-src https://node.example;');
    const [meta] = all.filter((each) => attribute(each, 'http-equiv') !== undefined);
    expect(meta && attribute(meta, 'content')).to.equal(policy);
  });

  it('tells its encoding first', () => {
    expect(render('<meta charset="latin1"><title>x</title>').html).to.match(
      /^<html><head><meta charset="utf-8"><meta http-equiv/,
    );
  });

  it('leaves out what this chain has no value for', () => {
    const { html } = render('<p data-needs="TOKEN">pay with {{TOKEN}}</p><p data-needs="RPC_URL">node</p>');
    expect(html).not.to.include('pay with');
    expect(html).to.include('node');
  });

  it('refuses a placeholder that nobody fills, with those that there are', () => {
    expect(() => render('{{PAGE_TITEL}}'))
      .to.throw('{{PAGE_TITEL}}')
      .with.property('remedy')
      .that.includes('PAGE_TITLE, PRIMARY_COLOR');
  });

  it('lets nothing but a colour into a style', () => {
    expect(() => render('<style>p{content:"{{PAGE_TITLE}}"}</style>')).to.throw('only a colour');
    expect(() => render('<p style="color:{{RPC_URL}}">')).to.throw('only a colour');
  });

  it('refuses a program that would end its own element', () => {
    expect(() => render('', { script: 'x = "</SCRIPT>"' })).to.throw('would end its own element');
  });
});
