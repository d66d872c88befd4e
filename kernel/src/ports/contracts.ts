import { chainCodecPort, chainEnginePort } from './chain-engine.js';
import { connectivityProviderPort } from './connectivity-provider.js';
import { devnetPort } from './devnet.js';
import { privilegedActionsPort } from './privileged-actions.js';
import { provisionerPort } from './provisioner.js';
import { signupPagePort } from './signup-page.js';
import type { PortContract } from './token.js';
import { vmOperationsPort } from './vm-operations.js';
import { vmStorePort } from './vm-store.js';

/** Every port the kernel knows, by name. */
export const portContracts: ReadonlyMap<string, PortContract> = new Map(
  [
    chainEnginePort,
    chainCodecPort,
    provisionerPort,
    connectivityProviderPort,
    devnetPort,
    vmStorePort,
    vmOperationsPort,
    privilegedActionsPort,
    signupPagePort,
  ].map((contract): [string, PortContract] => [contract.name, contract as PortContract]),
);

/** The port that a role's manifest stands for (architecture, section 3.1). */
export const rolePorts = {
  engine: 'chain-engine',
  provisioner: 'provisioner',
  broker: 'connectivity-provider',
} as const;
