// All that this program uses of ajv, in one place: the build bundles the compiled form of this module.
export { Ajv2020 } from 'ajv/dist/2020.js';
