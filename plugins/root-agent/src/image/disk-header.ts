/** What the first bytes of a disk image in the format qcow2 say of it. */
export interface DiskHeader {
  /** File that holds what is not written here, as it is named in the image; null when it stands alone. */
  readonly backingFile: string | null;
  /** True when its data lie in another file that the image names. */
  readonly hasDataFile: boolean;
}

/** As many bytes as {@link diskHeader} looks at; names of other files are shorter and lie within. */
export const HEADER_BYTES = 64 * 1024;

const MAGIC = Buffer.from('QFI\xfb', 'latin1');
/** Length of a name, by the format. */
const LONGEST_NAME = 1023;

/**
 * Reads the header of a qcow2 image (`docs/interop/qcow2.txt`, "Header"), version 2 or 3; null for anything else. An image
 * that names a file shows that file's contents to whoever uses it, so nobody's image may.
 */
export function diskHeader(bytes: Buffer): DiskHeader | null {
  if (bytes.length < 104 || !bytes.subarray(0, 4).equals(MAGIC)) return null;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return null;
  const offset = bytes.readBigUInt64BE(8);
  const length = bytes.readUInt32BE(16);
  const hasDataFile = version === 3 && (bytes.readBigUInt64BE(72) & 4n) !== 0n;
  if (offset === 0n) return { backingFile: null, hasDataFile };
  if (length > LONGEST_NAME || offset + BigInt(length) > BigInt(bytes.length)) return null;
  return { backingFile: bytes.toString('utf8', Number(offset), Number(offset) + length), hasDataFile };
}
