export * from './addressbook.js';
export * from './host-files.js';
export * from './key-files.js';
export * from './money-files.js';
