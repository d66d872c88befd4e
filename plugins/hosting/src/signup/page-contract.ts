/** What a page template and an engine's script agree on (engine.md 7.2 and 7.3). Templates may add, never remove. */
export const REQUIRED_IDS = [
  'btn-connect',
  'btn-sign',
  'btn-purchase',
  'wallet-address',
  'plan-select',
  'days-input',
  'total-cost',
  'status-message',
  'step-connect',
  'step-sign',
  'step-purchase',
  'step-servers',
  'server-list',
] as const;

/** Placeholders that every chain fills, written `{{NAME}}`; an engine adds its own. */
export const HOST_PLACEHOLDERS = [
  'PAGE_TITLE',
  'PRIMARY_COLOR',
  'PUBLIC_SECRET',
  'SERVER_PUBLIC_KEY',
  'ENGINE_NAME',
] as const;

/** An element that carries it disappears when the value of that placeholder is absent on this chain. */
export const NEEDS_ATTRIBUTE = 'data-needs';

/** Colours a stylesheet may get: hexadecimal, as CSS Color 4 section 5.2 has it. */
export const COLOR_PATTERN = /^#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/;

export const DEFAULT_TITLE = 'Blockhost - Get Your Server';
export const DEFAULT_COLOR = '#6366f1';
