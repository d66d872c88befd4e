import { portContracts, rolePorts } from '../ports/contracts.js';
import type { ManifestKind } from './found-plugin.js';
import type { Finding } from './problem.js';
import { childrenAt, textAt, textsAt, valueAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** Ports and capabilities must be ones the kernel knows; a role plugin provides the port of its role. */
export function checkPorts(manifest: object, kind: ManifestKind, foreign: boolean): Finding[] {
  const provided = childrenAt(manifest, '/provides');
  const ports = provided.flatMap(({ pointer }) =>
    textsAt(manifest, pointer).filter(({ key }) => key === 'port'),
  );
  const findings = [...textsAt(manifest, '/requires/ports'), ...ports]
    .filter(({ value }) => !portContracts.has(value))
    .map((port) => wrongValue(port, 'is not a port.', portContracts.keys()));

  for (const { pointer } of provided) {
    const port = textAt(manifest, `${pointer}/port`);
    if (port === undefined) continue;
    const known = portContracts.get(port)?.capabilities;
    for (const capability of known ? textsAt(manifest, `${pointer}/capabilities`) : [])
      if (known && !Object.hasOwn(known, capability.value))
        findings.push(
          wrongValue(capability, `is not a capability of the port "${port}".`, Object.keys(known)),
        );
    const entry = valueAt(manifest, `${pointer}/entry`) ?? textAt(manifest, '/entries/service');
    if (entry === undefined && !foreign)
      findings.push({
        pointer: `${pointer}/entry`,
        expected: `is missing, and there is no "entries.service" to provide "${port}".`,
      });
  }

  if (kind === 'plugin' || foreign || provided.length === 0) return findings;
  const role = rolePorts[kind];
  if (!ports.some(({ value }) => value === role) && !findings.some(({ nearest }) => nearest === role))
    findings.push({ pointer: '/provides', expected: `must list the port "${role}" of the role "${kind}".` });
  return findings;
}
