const REDACTED = '[redacted]';

/**
 * Masks secrets inside free text: 64 hex digits that follow the word "key" (a private key; elsewhere 64 digits are a
 * hash), and what URLs carry besides their place: user and password, key-like path segments as hosted RPC providers use
 * them, and the values of the query.
 */
export function maskText(text: string): string {
  return text
    .replace(/(key["'\]]?\s*(?:is|was|[:=])?\s*["']?)(?:0x)?[0-9a-f]{64}(?![0-9a-f])/gi, `$1${REDACTED}`)
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>`]+/gi, maskUrl);
}

/** Masks one URL; what cannot be parsed loses all but its scheme. */
function maskUrl(text: string): string {
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] =
    /^([^:]+:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/.exec(text) ?? [];
  if (scheme === '') return text.replace(/:\/\/.*$/, `://${REDACTED}`);
  const host = authority.includes('@')
    ? `${REDACTED}@${authority.slice(authority.lastIndexOf('@') + 1)}`
    : authority;
  return [
    scheme,
    host,
    path.replace(/[^/]+/g, (segment) => (looksLikeKey(segment) ? REDACTED : segment)),
    query.replace(/=[^&]*/g, `=${REDACTED}`),
    fragment,
  ].join('');
}

/** Long, and mixed as only generated text is. Hashes and addresses (`0x…`) stay: explorer links are made of them. */
function looksLikeKey(segment: string): boolean {
  return (
    segment.length >= 20 &&
    /^[\w.~%-]+$/.test(segment) &&
    !/^0x[0-9a-f]+$/i.test(segment) &&
    (/\d/.test(segment) || (/[a-z]/.test(segment) && /[A-Z]/.test(segment)))
  );
}
