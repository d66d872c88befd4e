export * as Args from '@oclif/core/args';
export * as Flags from '@oclif/core/flags';
export { BlockhostCommand } from './blockhost-command.js';
