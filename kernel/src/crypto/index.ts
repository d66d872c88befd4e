export * from './base64.js';
export * from './ecies.js';
export * from './hex.js';
export * from './key-file.js';
export * from './sealed-box.js';
export { openText, sealText } from './sealed-text.js';
export * from './undecryptable.js';
