import { expect } from 'chai';
import { REQUIRED_IDS } from './page-contract.js';
import { readTemplate } from './template.js';

const ids = REQUIRED_IDS.map((id) => `<div id="${id}"></div>`).join('');
const read = (html: string) => () => readTemplate(html, 'page.html');

describe('a page template', () => {
  it('is accepted with the thirteen ids and nothing else', () => {
    expect(readTemplate(ids, 'page.html').body.tagName).to.equal('body');
  });

  it('is refused with the list of every id it lacks', () => {
    const without = ids.replace('id="btn-sign"', '').replace('id="server-list"', '');
    expect(read(without)).to.throw('it lacks the ids btn-sign, server-list');
  });

  it('counts no id that stands in a comment or in a text', () => {
    expect(read(`<!--${ids}-->`)).to.throw(`it lacks the ids ${REQUIRED_IDS.join(', ')}`);
    expect(read(`<textarea>${ids}</textarea>`)).to.throw('it lacks the ids');
  });

  it('is refused with an id that is there twice', () => {
    expect(read(`${ids}<p id="btn-sign">`)).to.throw('the id btn-sign is there twice');
  });

  for (const [what, html, complaint] of [
    ['a script', '<script>1</script>', 'a <script> element'],
    ['a script in a template element', '<template><script>1</script></template>', 'a <script> element'],
    ['an event handler', '<p onclick="go()">', 'a program in its attribute onclick'],
    ['a link that is a program', '<a href=" javascript:go()">', 'a program in its attribute href'],
    ['a frame', '<iframe></iframe>', 'an <iframe>'.replace('an', 'a')],
    ['another base', '<base href="https://elsewhere.example">', 'a <base> element'],
    [
      'a style sheet from elsewhere',
      '<link rel="stylesheet" href="https://cdn.example/x.css">',
      'loads something',
    ],
    ['an image from elsewhere', '<img src="//cdn.example/x.png">', 'loads something'],
    ['an import in a style', '<style>@import "x.css"</style>', 'a style loads something'],
    [
      'a font from elsewhere',
      '<style>@font-face{src:url( "https://x/y.woff")}</style>',
      'a style loads something',
    ],
    ['a policy of its own', '<meta http-equiv="refresh" content="0;url=https://x">', 'a <meta http-equiv>'],
  ] as const)
    it(`is refused with ${what}`, () => {
      expect(read(html + ids)).to.throw(complaint);
    });

  it('may hold images in the page and links for people to follow', () => {
    const html = `<img src="data:image/png;base64,AA=="><a href="https://example.org">terms</a>`;
    expect(read(html + ids)).not.to.throw();
  });
});
