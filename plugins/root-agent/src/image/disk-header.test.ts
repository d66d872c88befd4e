import { expect } from 'chai';
import { diskHeader } from './disk-header.js';

describe('the header of a disk image', () => {
  const header = (version = 3) => {
    const bytes = Buffer.alloc(512);
    bytes.write('QFI\xfb', 'latin1');
    bytes.writeUInt32BE(version, 4);
    return bytes;
  };

  it('names the file that the image stands on', () => {
    for (const version of [2, 3]) {
      const bytes = header(version);
      bytes.writeBigUInt64BE(200n, 8);
      bytes.writeUInt32BE(9, 16);
      bytes.write('/etc/host', 200);
      expect(diskHeader(bytes)).to.deep.equal({ backingFile: '/etc/host', hasDataFile: false });
    }
  });

  it('tells of data in another file', () => {
    const bytes = header();
    bytes.writeBigUInt64BE(4n, 72);
    expect(diskHeader(bytes)).to.deep.equal({ backingFile: null, hasDataFile: true });
  });

  it('is none when it is too short, of another version, or names what lies outside of it', () => {
    const beyond = header();
    beyond.writeBigUInt64BE(2n ** 63n, 8);
    beyond.writeUInt32BE(9, 16);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('QFI\xfb', 'latin1'),
      Buffer.alloc(512),
      header(4),
      beyond,
    ])
      expect(diskHeader(bytes)).to.equal(null);
  });
});
