import { aVmSpec } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { createdVm, failureText, resultObject } from './create-result.js';

const spec = aVmSpec({ name: 'blockhost-042', username: 'admin' });
const good = '{"status":"ok","vm_name":"blockhost-042","ip":"10.20.0.14","ipv6":"2001:db8::e","vmid":131}';

describe('the result of create', () => {
  it('is the last sentinel line, whatever else is printed', () => {
    const stdout = `{"status":"error"}\nBLOCKHOST_RESULT: {"status":"old"}\nBLOCKHOST_RESULT: ${good}\n{"status":"late"}\n`;
    expect(createdVm(resultObject(stdout), spec)).to.deep.equal({
      name: 'blockhost-042',
      backendRef: '131',
      username: 'admin',
      ipv4: '10.20.0.14',
      ipv6: '2001:db8::e',
    });
  });

  it('is else the last line that is an object with a status', () => {
    expect(resultObject(`{"status":"first"}\n{"a":1}\nprogress\n${good}\n{"b":2}\n`)).to.include({
      vmid: 131,
    });
  });

  it('is else the whole output', () => {
    expect(resultObject(JSON.stringify(JSON.parse(good), null, 2))).to.include({ vmid: 131 });
  });

  it('takes an empty, null or missing IPv6 address for none', () => {
    for (const ipv6 of ['""', 'null'])
      expect(createdVm(JSON.parse(good.replace('"2001:db8::e"', ipv6)), spec)).to.include({ ipv6: null });
    expect(createdVm({ status: 'ok', ip: '10.0.0.1' }, spec)).to.deep.include({
      ipv6: null,
      backendRef: spec.name,
    });
  });

  it('is none when it names another VM, failed, or holds no addresses', () => {
    for (const wrong of [
      null,
      {},
      { status: 'error' },
      { status: 'ok', vm_name: 'blockhost-043' },
      { status: 'ok', ip: '10.0.0.300' },
      { status: 'ok', ip: 7 },
      { status: 'ok', ipv6: '10.0.0.1' },
    ])
      expect(createdVm(wrong, spec)).to.equal(null);
  });

  it('never throws, whatever is printed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => `BLOCKHOST_RESULT: ${text}`),
        ),
        (text) => {
          const made = createdVm(resultObject(text), spec);
          expect(made === null || made.name === spec.name).to.equal(true);
          failureText(text);
        },
      ),
    );
  });

  it('gives the reason of a failure', () => {
    expect(failureText('{"status":"error","error":"no space"}')).to.equal('no space');
    expect(failureText('no space')).to.equal(null);
  });
});
