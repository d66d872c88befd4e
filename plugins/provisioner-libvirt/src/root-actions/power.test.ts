import type { Exec, ExecResult, RootActionContext } from '@blockhost/kernel';
import { expect } from 'chai';
import { NAMESPACE } from './domain-xml.js';
import { virshDestroy, virshShutdown } from './power.js';

const DOMAIN = { name: 'blockhost-001', uuid: '3c5a9f0e-7c4d-4f3b-9d53-0a4a5f2d9a11' };

/** A libvirt in which the guest powers itself off just before the order to do so arrives, or never does. */
function libvirtWithGuest(powersOff: boolean): RootActionContext {
  let state = 'running';
  const answer = (stdout: string): ExecResult => ({
    code: 0,
    signal: null,
    stdout,
    stderr: '',
    timedOut: false,
  });
  const exec: Pick<Exec, 'run'> = {
    async run(argv) {
      const verb = argv.find((word) => /^(domstate|domname|metadata|shutdown|destroy)$/.test(word));
      if (verb === 'domstate') return answer(state);
      if (verb === 'domname') return answer(DOMAIN.name);
      if (verb === 'metadata') return answer(`<vm xmlns="${NAMESPACE}"/>`);
      if (powersOff) state = 'shut off';
      const stderr = 'error: Requested operation is not valid: domain is not running';
      return { ...answer(''), code: 1, stderr };
    },
  };
  return { exec } as RootActionContext;
}

describe('the power button of a VM', () => {
  for (const action of [virshShutdown, virshDestroy])
    it(`${action.name} succeeds when the guest was quicker, and tells any other failure`, async () => {
      expect(await action.run(DOMAIN, libvirtWithGuest(true))).to.deep.equal({});
      const error = await Promise.resolve(action.run(DOMAIN, libvirtWithGuest(false))).catch((e) => e);
      expect(error).to.have.property('message').that.contains('not valid');
    });
});
