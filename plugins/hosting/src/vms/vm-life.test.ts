import { TestHost } from '../test-host.js';
import { vmLifeCases } from './vm-life-cases.test.js';

describe('the life of VMs', function () {
  this.timeout(20_000);
  vmLifeCases((db) => TestHost.create(db), 25);
});
