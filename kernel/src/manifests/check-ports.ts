import { portContracts, rolePorts } from '../ports/contracts.js';
import type { ManifestKind } from './found-plugin.js';
import { nearest } from './nearest.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, textAt, textsAt, valueAt } from './value-at.js';

/** Ports and capabilities must be ones the kernel knows; a role plugin provides the port of its role. */
export function checkPorts(manifest: object, kind: ManifestKind, foreign: boolean): Finding[] {
  const findings: Finding[] = [];
  for (const { pointer, value } of textsAt(manifest, '/requires/ports'))
    if (!portContracts.has(value)) findings.push(unknownPort(pointer, value));

  const provided = childrenAt(manifest, '/provides');
  for (const { pointer } of provided) {
    const port = textAt(manifest, `${pointer}/port`);
    if (port === undefined) continue;
    const contract = portContracts.get(port);
    if (!contract) findings.push(unknownPort(`${pointer}/port`, port));
    else findings.push(...checkCapabilities(manifest, pointer, port, contract.capabilities));
    if (
      valueAt(manifest, `${pointer}/entry`) === undefined &&
      !textAt(manifest, '/entries/service') &&
      !foreign
    )
      findings.push({
        pointer: `${pointer}/entry`,
        expected: `is missing, and there is no "entries.service" to provide "${port}".`,
      });
  }

  if (kind === 'plugin' || foreign || provided.length === 0) return findings;
  const role = rolePorts[kind];
  if (
    provided.every(({ pointer }) => textAt(manifest, `${pointer}/port`) !== role) &&
    !findings.some(({ nearest }) => nearest === role)
  )
    findings.push({ pointer: '/provides', expected: `must list the port "${role}" of the role "${kind}".` });
  return findings;
}

function checkCapabilities(
  manifest: object,
  pointer: string,
  port: string,
  known: Readonly<Record<string, readonly string[]>>,
): Finding[] {
  return textsAt(manifest, `${pointer}/capabilities`)
    .filter(({ value }) => !Object.hasOwn(known, value))
    .map(({ pointer: at, value }) => {
      const expected = `${shown(value)} is not a capability of the port "${port}".`;
      return { pointer: at, found: shown(value), expected, ...near(value, Object.keys(known)) };
    });
}

function unknownPort(pointer: string, port: string): Finding {
  const expected = `${shown(port)} is not a port.`;
  return { pointer, found: shown(port), expected, ...near(port, portContracts.keys()) };
}

function near(text: string, candidates: Iterable<string>): { nearest?: string } {
  const found = nearest(text, candidates);
  return found === undefined ? {} : { nearest: found };
}
