export { alignColumns } from '../tools/align-columns.js';
export { BlockhostCommand } from './blockhost-command.js';
export { Args, Flags } from './oclif.js';
