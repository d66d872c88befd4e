import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  BlockhostError,
  CONFIG,
  type ConfigFile,
  createHostConfig,
  type HostConfig,
  PATHS,
  type Paths,
  SIGNUP_PAGE,
  writeFileAtomic,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { BLOCKHOST_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { pageValues } from '../../signup/page-values.js';
import { renderPage } from '../../signup/render-page.js';
import { servePage } from '../../signup/serve-page.js';
import { readTemplate } from '../../signup/template.js';

const TEMPLATE = 'signup-template.html';
const SCRIPT = 'signup-engine.js';

export default class SignupGenerate extends BlockhostCommand {
  static override summary = 'Write the page on which customers buy';
  static override description =
    'Joins a template (HTML and CSS), the values of this host and the engine’s program into one self-contained file. ' +
    'Prints the absolute path of the page; its Content-Security-Policy stands in the page and, with --json, in the result.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --output /var/www/blockhost/signup.html',
    '<%= config.bin %> <%= command.id %> --template my-page.html --serve 8080',
  ];
  static override flags = {
    config: Flags.string({ summary: 'file in place of blockhost.yaml', helpValue: 'FILE' }),
    'web3-config': Flags.string({ summary: 'file in place of web3-defaults.yaml', helpValue: 'FILE' }),
    output: Flags.string({ summary: 'file to write', default: 'signup.html', helpValue: 'FILE' }),
    template: Flags.string({
      summary: `template; otherwise ${TEMPLATE} of the share folder. ${SCRIPT} is looked for beside it first`,
      helpValue: 'FILE',
    }),
    serve: Flags.integer({
      summary: 'serve the page on this port until interrupted; 0 takes any free one',
      min: 0,
      max: 65_535,
      helpValue: 'PORT',
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(SignupGenerate);
    const paths = await this.get(PATHS);
    const template = resolve(flags.template ?? join(paths.share, TEMPLATE));
    const html = await textOf(template, 'template', 'Give a template: --template FILE');
    const script = await this.#script(template, paths);

    const blockhost = await (await this.#file(flags.config, BLOCKHOST_YAML)).read();
    const web3Defaults = await (await this.#file(flags['web3-config'], WEB3_DEFAULTS_YAML)).read();
    const facts = await (await this.get(SIGNUP_PAGE)).facts({ blockhost, web3Defaults });
    const values = pageValues(blockhost, this.#engine(), facts);
    const page = renderPage(readTemplate(html, template), { ...values, script });

    const output = resolve(flags.output);
    await writeFileAtomic(output, page.html, 0o644);
    this.result({ path: output, policy: page.policy }, output);
    if (flags.serve === undefined) return;
    await servePage({ file: output, policy: page.policy, port: flags.serve }, this.signal, (port) =>
      this.progress(`Serving on http://localhost:${port}/ until interrupted (Ctrl-C).`),
    );
  }

  /** The engine's program: beside the template, else of the package. */
  async #script(template: string, paths: Paths): Promise<string> {
    const beside = join(dirname(template), SCRIPT);
    const found = await access(beside).then(
      () => beside,
      () => join(paths.share, SCRIPT),
    );
    return await textOf(
      found,
      'engine’s script',
      `Install the engine’s package, or put ${SCRIPT} beside the template`,
    );
  }

  /** A file of the host, or the one named in its place. */
  async #file<T>(given: string | undefined, file: ConfigFile<T>): Promise<{ read(): Promise<T> }> {
    const config: HostConfig = given
      ? createHostConfig({ paths: { ...(await this.get(PATHS)), config: dirname(resolve(given)) } })
      : await this.get(CONFIG);
    return { read: () => config.read(given ? { ...file, name: basename(given) } : file) };
  }

  #engine() {
    const plugin = this.kernel.plugins().find(({ kind }) => kind === 'engine');
    const color: unknown =
      plugin?.manifest && 'accent_color' in plugin.manifest ? plugin.manifest.accent_color : null;
    return { name: plugin?.name ?? '', accentColor: typeof color === 'string' ? color : undefined };
  }
}

async function textOf(file: string, what: string, remedy: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new BlockhostError('signup.missing', `The ${what} ${file} cannot be read.`, {
      cause,
      remedy: `${remedy}.`,
    });
  }
}
