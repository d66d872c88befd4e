import { expect } from 'chai';
import { listing } from './listing.js';

describe('the listing of a foreign provisioner', () => {
  it('is read from JSON', () => {
    const rows = [
      { name: 'a', status: 'active', ip: '10.0.0.1', created: '2026-01-01' },
      { name: 'b', status: 'suspended', vmid: 7 },
    ];
    expect(listing(JSON.stringify(rows, null, 2))).to.deep.equal([
      { name: 'a', status: 'active', vmid: null },
      { name: 'b', status: 'suspended', vmid: '7' },
    ]);
    expect(listing('[]')).to.deep.equal([]);
  });

  it('is read from text below its header', () => {
    expect(listing('NAME\tSTATUS\tIP\tCREATED\na\tactive\t10.0.0.1\t2026-01-01\n')).to.deep.equal([
      { name: 'a', status: 'active', vmid: null },
    ]);
    expect(listing('NAME\tSTATUS\tIP\tCREATED\n')).to.deep.equal([]);
  });

  it('is none when nothing, something else or half a row is printed', () => {
    for (const text of ['', '\n', 'no VMs', '{}', 'null', '[{"name":"a"}]', '[7]', 'NAME STATUS\nlonely\n'])
      expect(listing(text), text).to.equal(null);
  });
});
