// Writes manifests/README.md, the reference of all manifest keys, from the schemas; with --check only tells whether the
// page is current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inline, kinds, propertiesOf, readManifestSchemas, repository } from './schema-set.mjs';

const schemas = readManifestSchemas();
const page = join(repository, 'manifests/README.md');

const introduction = `<!-- Generated from the schemas of this folder by kernel/scripts/reference.mjs. Do not edit. -->

# Manifests

A plugin is a folder with a manifest. The manifest is a JSON file that says what the plugin is called, what it needs, what
it provides and where its modules lie. BlockHost reads nothing else before it runs a line of the plugin: lists, help,
the layout of the set-up wizard and all checks come from here.

| file below \`/usr/share/blockhost\` | kind | how many |
|---|---|---|
| \`engine.json\` | [engine](#engine) | at most one |
| \`provisioner.json\` | [provisioner](#provisioner) | at most one |
| \`broker.json\` | [broker](#broker) | at most one |
| \`plugins.d/NAME.json\` | [plugin](#plugin) | any number |

A package usually keeps the manifest in its own folder and installs a link to it. In development the same files are looked
up below \`BLOCKHOST_ROOT\`.

\`blockhost plugins check DIR\` prints every mistake of a manifest at once, each with the place, what is wrong and the
nearest valid name. \`blockhost plugins new KIND NAME\` writes a plugin that passes it.

An editor completes and checks a manifest that names its schema:
\`"$schema": "…/manifests/provisioner.schema.json"\`.

## Rules for every manifest

- UTF-8 text, at most 1 MiB, one JSON object.
- Unknown keys are a warning when the plugin is loaded, so that older and newer manifests live together, and an error in
  \`plugins check\`. Keys that start with \`x-\` are yours, in every object.
- Module paths start with \`./\`, are relative to \`home\` and stay inside it, links followed. Every module named exists when
  the manifest is read.
- Ranges of versions name a breaking level: \`^1.0\`, \`~0.3.1\`, \`>=1.2 <2\`.
- Patterns are anchored, \`^…$\`, and match in linear time: no look-around, no back-reference, no repeated group that
  repeats itself.
- Step ids are unique over all lists of a manifest, and what \`contributes\` describes is exactly what \`setup\` and
  \`entries\` name. The loader compares both with what the modules export.
- Names are unique on a host: plugin names, commands, short names, daemons, and one provider for each port. When two
  plugins clash, the role plugins and then the first file in alphabetical order stay, and the other one is left out with
  the reason.
- In a process that runs as root, every manifest and module belongs to root and is writable by root alone, and so is
  every folder above it.

## Native and foreign plugins

A **native** plugin names ES modules in \`entries\`. A **foreign** plugin is written in any language: its manifest names
executables in \`commands\` and no ES module, and the plugin that \`adapts\` the role drives them. A foreign manifest needs
no \`schema\`, \`requires\`, \`provides\` or \`entries\`; what it needs instead is marked *foreign plugins* below.
`;

function render() {
  const sections = [introduction, '## Common keys\n', schemas['envelope.schema.json'].description, ''];
  const envelope = inline(schemas, schemas['envelope.schema.json'], 'envelope.schema.json');
  sections.push(table(withoutContributions(envelope.properties), needsOf('envelope')));
  sections.push(
    '## Extension points\n',
    'Parts of `contributes`. Each is described in a file of its own below `contributes/`.\n',
  );
  for (const [path, schema] of Object.entries(schemas))
    if (path.startsWith('contributes/')) sections.push(extensionPoint(path, schema));
  for (const kind of kinds) sections.push(kindSection(kind, envelope));
  return `${sections.join('\n').trimEnd()}\n`;
}

function withoutContributions({ contributes, ...properties }) {
  const { properties: _parts, ...described } = contributes;
  return {
    ...properties,
    contributes: {
      ...described,
      description: `${described.description} See [extension points](#extension-points).`,
    },
  };
}

function extensionPoint(path, schema) {
  const { description, examples, ...rest } = inline(schemas, schema, path);
  const name = path.split('/')[1].split('.')[0];
  const lines = [`### ${name}\n`, `${description}\n`];
  if (rest.items)
    lines.push(table(rest.items.properties, new Map(rest.items.required.map((key) => [key, 'yes']))));
  lines.push(example({ contributes: { [name]: examples[0] } }));
  return lines.join('\n');
}

function kindSection(kind, envelope) {
  const { title, description, examples } = schemas[`${kind}.schema.json`];
  const common = new Set(Object.keys(envelope.properties));
  const needs = needsOf(kind);
  const own = Object.entries(propertiesOf(schemas, kind)).filter(
    ([key]) => !common.has(key) || key === 'name',
  );
  const lines = [`## ${title}\n`, `${description}\n`, example(examples[0])];
  lines.push(table(Object.fromEntries(own), needs));
  const shown = new Set(own.map(([key]) => key));
  const hasParts = (key) => [...needs.keys()].some((other) => other.startsWith(`${key}.`));
  const others = [...needs]
    .filter(([key]) => !shown.has(key.split('.')[0]) && !hasParts(key))
    .map(([key, need]) => [key, need === 'yes' ? (needs.get(key.split('.')[0]) ?? need) : need]);
  lines.push('Of the common keys it needs:\n');
  for (const need of new Set(others.map(([, each]) => each))) {
    const keys = others.filter(([, each]) => each === need).map(([key]) => `\`${key}\``);
    lines.push(`- ${need === 'yes' ? 'always' : need}: ${keys.join(', ')}`);
  }
  lines.push('');
  return lines.join('\n');
}

/** Dotted key → `yes`, or the condition under which it is needed. */
function needsOf(name) {
  const needs = new Map();
  const path = `${name}.schema.json`;
  collect(inline(schemas, schemas[path], path), '', 'yes');
  return needs;

  function collect(schema, prefix, condition) {
    for (const key of schema.required ?? []) {
      const before = needs.get(prefix + key);
      if (before !== 'yes')
        needs.set(prefix + key, before && before !== condition ? `${before}, or ${condition}` : condition);
    }
    for (const part of schema.allOf ?? []) {
      if (part.if === undefined) collect(part, prefix, condition);
      else if (part.else !== undefined) {
        collect(part.then, prefix, 'foreign plugins');
        collect(part.else, prefix, 'native plugins');
      } else collect(part.then, prefix, `with \`entries.${part.if.properties.entries.required[0]}\``);
    }
    for (const [key, part] of Object.entries(schema.properties ?? {}))
      collect(part, `${prefix}${key}.`, condition);
  }
}

function table(properties, needs) {
  const rows = rowsOf(properties, needs, '');
  return ['| key | value | needed | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowsOf(properties, needs, prefix) {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = prefix + key;
    const need = needs.get(name) ?? '';
    const cells = [`\`${name}\``, valueCell(schema), need, meaningOf(schema)].map((cell) =>
      cell.replaceAll('|', '\\|'),
    );
    const row = `| ${cells.join(' | ')} |`.replace('|  |', '| |');
    const parts = schema.properties ?? schema.items?.properties ?? schema.additionalProperties?.properties;
    if (!parts) return [row];
    const own = schema.properties ? '.' : schema.items ? '[].' : '.*.';
    const inner = schema.items ?? (schema.properties ? schema : schema.additionalProperties);
    const innerNeeds = new Map(needs);
    for (const part of inner.required ?? []) innerNeeds.set(`${name}${own}${part}`, 'yes');
    return [row, ...rowsOf(parts, innerNeeds, name + own)];
  });
}

function valueCell(schema) {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array')
    return `list of ${schema.items.properties ? 'objects' : valueCell(schema.items)}`;
  if (schema.rule) return schema.rule;
  if (schema.type === 'object' && schema.additionalProperties) return 'object, free keys';
  return [schema.type ?? 'any'].flat().join(' or ');
}

function meaningOf({ description = '', examples = [] }) {
  const [first] = examples;
  if (first === undefined || description.includes(JSON.stringify(first))) return description;
  return `${description} Example: \`${typeof first === 'string' ? first : JSON.stringify(first)}\`.`;
}

function example(value) {
  const text = JSON.stringify(value, null, 2).replace(
    /\[\s+("[^"\n]*"(?:,\s+"[^"\n]*")*)\s+\]/g,
    (_list, items) => {
      return `[${items.replace(/,\s+/g, ', ')}]`;
    },
  );
  return `\`\`\`json\n${text}\n\`\`\`\n`;
}

/** As the repository's formatter wants it, so that linting and generating agree. */
function formatted(text) {
  const biome = join(repository, 'node_modules/.bin/biome');
  const run = spawnSync(biome, ['format', `--stdin-file-path=${page}`], {
    cwd: repository,
    input: text,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`The page cannot be formatted: ${run.stderr}`);
  return run.stdout;
}

const text = formatted(render());
if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (readFileSync(page, 'utf8') !== text) {
  console.error('manifests/README.md is not current. Run: node kernel/scripts/reference.mjs');
  process.exitCode = 1;
}
