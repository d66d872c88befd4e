/** Schemas of parameters that several actions take; patterns match whole texts. */
export const DOMAIN = {
  type: 'string',
  pattern: '^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  rule: 'the name of a VM',
};

export const UUID = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  rule: 'a UUID in lower-case letters',
};

export const TEMPLATE = {
  type: 'string',
  pattern: '^blockhost-base-[0-9a-f]{12}$',
  rule: 'the versioned name of a base image',
};
