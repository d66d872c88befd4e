import { StringDecoder } from 'node:string_decoder';

/** Longer than anything sshd says; a longer line is dropped whole. */
const LONGEST = 16_384;

/** Cuts a stream into its lines. */
export class Lines {
  readonly #decoder = new StringDecoder('utf8');
  #unfinished = '';
  #tooLong = false;

  push(chunk: Buffer): string[] {
    const parts = (this.#unfinished + this.#decoder.write(chunk)).split('\n');
    this.#unfinished = parts.pop() ?? '';
    const lines = this.#tooLong ? parts.slice(1) : parts;
    if (parts.length > 0) this.#tooLong = false;
    if (this.#unfinished.length > LONGEST) {
      this.#tooLong = true;
      this.#unfinished = '';
    }
    return lines.filter((line) => line.length <= LONGEST);
  }
}
