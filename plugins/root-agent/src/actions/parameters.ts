/** Schemas of parameters that several actions take (specification host.md 2.3). Patterns match whole texts. */
export const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };

export const COMMENT = {
  type: 'string',
  pattern: '^[A-Za-z0-9-]{1,64}$',
  rule: '1 to 64 letters, digits and dashes',
};

export const ADDRESS_LITERAL = { type: 'string', minLength: 2, maxLength: 45 };

/** A name of the Linux kernel for a network device (`IFNAMSIZ`), which never begins with a dash here. */
export const DEVICE = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$',
  rule: 'the name of a network device',
};
