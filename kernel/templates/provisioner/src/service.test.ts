import { provisionerConformance } from '@blockhost/kernel/testing';
import conformance from './conformance.js';

provisionerConformance(conformance);
