import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const mark = '// bundled';

/** Replaces `dist/commands/oclif.js` by a bundle of itself; nothing is done when it is one. */
export async function bundleOclif(kernel) {
  const file = join(kernel, 'dist/commands/oclif.js');
  if ((await readFile(file, 'utf8')).startsWith(mark)) return;
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'eof',
    logLevel: 'error',
    banner: {
      js: `${mark}\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, outputFiles[0].contents);
  await rename(temporary, file);
}
