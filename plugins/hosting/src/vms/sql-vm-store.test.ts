import { TestHost } from '../test-host.js';
import { vmStoreCases } from './vm-store-cases.test.js';

describe('SqlVmStore', () => vmStoreCases((db) => TestHost.create(db)));
