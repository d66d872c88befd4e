import { provisionerConformance } from '@blockhost/kernel/testing';
import { libvirtConformance } from './libvirt-subject.js';

provisionerConformance({ ...libvirtConformance, parts: ['power', 'capabilities'] });
