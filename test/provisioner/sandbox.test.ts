import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisionerConformance } from '@blockhost/kernel/testing';

const home = join(import.meta.dirname, '../../../plugins/provisioner-sandbox');
const manifest = JSON.parse(readFileSync(join(home, 'provisioner.json'), 'utf8'));
const { default: conformance } = await import(join(home, 'dist/conformance.js'));

describe('provisioner-sandbox', () => {
  provisionerConformance({ ...conformance, capabilities: manifest.provides[0].capabilities });
});
