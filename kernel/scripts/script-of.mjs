import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build, transform } from 'esbuild';

/**
 * Bundles compiled modules into one script `outdir/NAME-HASH.cjs` and answers its file name. `exported` says what the
 * script exports: names and the modules behind them, paths relative to `dist`; each runs when it is first asked for.
 * Imports of packages become calls of `require`. kernel/src/bundle.ts runs it.
 *
 * A script, because V8 keeps the compiled form of a script with all that a process came to call, and of a module only what
 * ran while it was loaded. In it each module is a function of its own: what nobody calls is one line of the compiled form.
 */
export async function scriptOf(outdir, name, { exported, dist, plugins = [], ...options }) {
  const getters = Object.entries(exported).map(
    ([key, file]) => `get ${JSON.stringify(key)}() { return require(${JSON.stringify(`./${file}`)}); }`,
  );
  const { outputFiles } = await build({
    stdin: {
      contents: `module.exports = { ${getters.join(',\n')} };`,
      resolveDir: dist,
      sourcefile: `${name}.cjs`,
    },
    write: false,
    bundle: true,
    plugins: [...plugins, functions(dist)],
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
    ...options,
  });
  const text = `(function (require, $import, module, $here) {"use strict";${HELPERS}${NODE}\n${outputFiles[0].text}})`;
  if (/(?<![.#"\w$])import\(/.test(text)) throw new Error(`${name} imports something without awaiting it.`);
  const script = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
  await writeFile(join(outdir, script), text);
  return script;
}

/** Last: a folder of scripts that nothing describes is not taken. */
export async function describe(outdir, description) {
  const file = join(outdir, 'bundle.json');
  await writeFile(`${file}.new`, JSON.stringify(description));
  await rename(`${file}.new`, file);
}

/** ES modules as functions, in the form esbuild gives to CommonJS modules: their packages would tell it that they are none. */
function functions(dist) {
  const namespace = 'function';
  return {
    name: 'functions',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, namespace: from }) =>
        from === namespace || resolveDir === dist ? { path: join(resolveDir, path), namespace } : undefined,
      );
      onLoad({ filter: /.*/, namespace }, async ({ path }) => ({
        contents: await asFunction(dist, path, await readFile(path, 'utf8')),
        resolveDir: dirname(path),
      }));
    },
  };
}

const FORM = { format: 'cjs', target: 'node24', minifyWhitespace: true };
/** What esbuild puts before each module. In a script it stands once, under names
 * of its own, and copies less: nobody changes what a module exports. */
const PREAMBLE = /^(?:var __\w+=.*?;)*?var __toCommonJS=mod=>.*?,mod\);/s;
const HELPERS = `
const $getter=(target,name,get)=>Object.defineProperty(target,name,{get,enumerable:true});
const $export=(target,all)=>{for(const name in all)$getter(target,name,all[name])};
const $reExport=(target,mod)=>{for(const name of Object.getOwnPropertyNames(mod))if(name!=="default"&&!Object.hasOwn(target,name))$getter(target,name,()=>mod[name]);return target};
const $toESM=mod=>mod&&mod.__esModule?mod:$reExport(Object.defineProperty(Object.create(Object.getPrototypeOf(mod)),"default",{value:mod}),mod);
const $toCommonJS=mod=>Object.defineProperty(mod,"__esModule",{value:true});
`;

async function asFunction(dist, path, text) {
  const source = text
    // A script has a `require` of its own, which the bundler follows.
    .replace('const require = createRequire(import.meta.url);', '')
    .replace(/(?<=\bawait )import\((?=['"]\.)/g, 'require(')
    .replace(/(?<=\bawait )import\(/g, '$$import(')
    .replaceAll('import.meta.url', `$node['node:url'].pathToFileURL(import.meta.filename).href`)
    .replaceAll('import.meta.filename', `($here + '/${relative(dist, path)}')`)
    .replaceAll('import.meta.dirname', `($here + '/${relative(dist, dirname(path))}')`);
  const { code } = await transform(source, { ...FORM, sourcefile: path });
  const [preamble = ''] = PREAMBLE.exec(code) ?? [];
  const helpers = [...preamble.matchAll(/\bvar __(\w+)=/g)].map(([, helper]) => helper);
  const body = code
    .slice(preamble.length)
    .replaceAll(new RegExp(`(?<![\\w$])__(${helpers.join('|')})(?=\\()`, 'g'), '$$$1');
  return membersOfNode(body);
}

/**
 * Modules of Node are loaded when a member of them is first used: few commands use `node:child_process`, or the network
 * code behind it.
 */
function membersOfNode(code) {
  let result = code;
  const imported = /\b(?:var|const|let) ([\w$]+)=(?:(\$toESM)\()?require\("(node:[\w/]+)"\)\)?;/g;
  for (const [statement, name, wrapped, path] of code.matchAll(imported)) {
    const used = `${name.replaceAll('$', '\\$')}${wrapped ? '(?:\\.default\\b)?' : ''}`;
    result = result
      .replace(statement, '')
      .replaceAll(new RegExp(`(?<![\\w$.])${used}(?![\\w$])`, 'g'), `$node["${path}"]`);
  }
  return result;
}

const NODE = `const $node={${builtinModules
  .filter((name) => /^[a-z]/.test(name))
  .map((name) => `get "node:${name}"(){return process.getBuiltinModule("node:${name}")}`)
  .join(',')}};`;
