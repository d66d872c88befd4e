// The manifest schemas as files, inlined, and merged into the one shape that code works with.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const kinds = ['engine', 'provisioner', 'broker', 'plugin'];

const folder = join(repository, 'manifests');

/** Path below `manifests/` → schema. */
export function readSchemas(subfolder) {
  const names = readdirSync(join(folder, subfolder)).filter((name) => name.endsWith('.schema.json'));
  return Object.fromEntries(
    names.sort().map((name) => {
      const path = posix.join(subfolder, name);
      return [path, JSON.parse(readFileSync(join(folder, path), 'utf8'))];
    }),
  );
}

export const readManifestSchemas = () => ({ ...readSchemas('.'), ...readSchemas('contributes') });

/** A URI below which the files refer to each other by relative path. */
export const uriOf = (path) => `blockhost:/manifests/${path}`;

/** `schema` (of the file `path`) without references: what stands beside a `$ref` wins over what it names. */
export function inline(schemas, schema, path) {
  if (Array.isArray(schema)) return schema.map((part) => inline(schemas, part, path));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, ...own } = schema;
  const inlined = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, inline(schemas, value, path)]),
  );
  if ($ref === undefined) return inlined;
  const [file, pointer = ''] = $ref.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  const named = pointer
    .split('/')
    .filter(Boolean)
    .reduce((at, key) => at[key], schemas[target]);
  return { ...inline(schemas, named, target), ...inlined };
}

/** All properties of a manifest of `kind`, references inlined. */
export function propertiesOf(schemas, kind) {
  const envelope = inline(schemas, schemas['envelope.schema.json'], 'envelope.schema.json');
  const own = inline(schemas, schemas[`${kind}.schema.json`], `${kind}.schema.json`);
  const properties = { ...envelope.properties };
  for (const [key, value] of Object.entries(own.properties))
    properties[key] = key in properties ? refine(properties[key], value) : value;
  return properties;
}

function refine(general, special) {
  const refined = { ...general, ...special };
  if (general.properties && special.properties) {
    refined.properties = { ...general.properties };
    for (const [key, value] of Object.entries(special.properties))
      refined.properties[key] = { ...general.properties[key], ...value };
  }
  return refined;
}
