import { provisionerConformance } from '@blockhost/kernel/testing';
import { foreignSubject } from './foreign-subject.js';

describe('provisioner-exec over a provisioner in shell, of the first level', () => {
  provisionerConformance({
    setup: () => foreignSubject('shell'),
    teardown: (subject) => subject.dispose(),
    capabilities: ['detect', 'assignsAddresses'],
  });
});

describe('provisioner-exec over a provisioner in Python, of the second level', () => {
  provisionerConformance({
    setup: () => foreignSubject('python'),
    teardown: (subject) => subject.dispose(),
    capabilities: [
      'metrics',
      'metricsBatch',
      'throttle',
      'guestExec',
      'updateGecos',
      'template',
      'detect',
      'assignsAddresses',
    ],
  });
});
