// All that this program uses of oclif, in one place: the build bundles the compiled form of this module,
// because reading one file instead of ninety halves what oclif adds to the start of a command.
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export { Config } from '@oclif/core/config';
export * as Flags from '@oclif/core/flags';
export { Help } from '@oclif/core/help';
