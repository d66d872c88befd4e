import { TestHost } from '../test-host.js';
import { vmStoreCases } from './vm-store-cases.test.js';

describe('SqliteVmStore', () => vmStoreCases((db) => TestHost.create(db)));
