import { expect } from 'chai';
import fc from 'fast-check';
import { BlockhostError } from '../errors/blockhost-error.js';
import { createLogger, type LoggerOptions } from './create-logger.js';

describe('createLogger', () => {
  it('writes one JSON line per record, with time, level, message and fields', () => {
    const [line] = lines({ format: 'json', fields: { daemon: 'monitor' } }, (log) =>
      log.warn('head unknown', { height: 7n }),
    );
    const record = JSON.parse(line ?? '');
    expect(record).to.deep.include({
      level: 'warn',
      message: 'head unknown',
      daemon: 'monitor',
      height: '7',
    });
    expect(new Date(record.time).toISOString()).to.equal(record.time);
    expect(line?.endsWith('\n')).to.equal(true);
  });

  it('writes nothing below its level', () => {
    const written = lines({ level: 'warn' }, (log) => {
      log.debug('a');
      log.info('b');
      log.warn('c');
      log.error('d');
    });
    expect(written).to.have.length(2);
  });

  it('adds fields without touching the logger they were added to', () => {
    const written = lines({ format: 'text', colour: false }, (log) => {
      log.with({ vm: 'vm-1' }).info('made');
      log.info('idle');
    });
    expect(written[0]).to.match(/ INFO {2}made vm=vm-1\n$/);
    expect(written[1]).to.match(/ INFO {2}idle\n$/);
  });

  it('does not let a field pass for the time, level or message of the record', () => {
    const [line = ''] = lines({ format: 'json' }, (log) =>
      log.info('true', { message: 'false', level: 'debug' }),
    );
    expect(JSON.parse(line)).to.deep.include({
      message: 'true',
      level: 'info',
      message_: 'false',
      level_: 'debug',
    });
  });

  it('tells an error as code, sentence, facts and causes', () => {
    const error = new BlockhostError('vm.failed', 'The VM failed.', {
      cause: new Error('disk full', { cause: new BlockhostError('disk.full', 'No space.') }),
      facts: { vm: 'vm-1' },
    });
    const [line = ''] = lines({ format: 'json' }, (log) => log.error('failed', { error }));
    const told = JSON.parse(line).error;
    expect(told).to.deep.include({ code: 'vm.failed', message: 'The VM failed.', facts: { vm: 'vm-1' } });
    expect(told.cause).to.deep.include({ code: 'Error', message: 'disk full' });
    expect(told.cause.at[0]).to.be.a('string');
    expect(told.cause.cause.code).to.equal('disk.full');
    const [text] = lines({ format: 'text', colour: false }, (log) => log.error('failed', { error }));
    expect(text).to.contain('vm.failed "The VM failed. because: disk full because: No space."');
  });

  it('stays on one line whatever it is told', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.anything(), (message, name, value) => {
        for (const format of ['json', 'text'] as const) {
          const [line = ''] = lines({ format, colour: false }, (log) => log.info(message, { [name]: value }));
          expect(line.split(/[\r\n]/)).to.have.length(2);
        }
      }),
    );
  });

  it('survives cycles, getters that throw, and values of any size', () => {
    const cyclic: Record<string, unknown> = { big: 'x'.repeat(1_000_000), many: Array(10_000).fill(1) };
    cyclic.self = cyclic;
    Object.defineProperty(cyclic, 'broken', { enumerable: true, get: () => fail('no') });
    const [line = ''] = lines({ format: 'json' }, (log) => log.info('odd', { cyclic }));
    expect(line.length).to.be.below(10_000);
    expect(JSON.parse(line).cyclic).to.deep.include({ self: '[cycle]', broken: '[unreadable: no]' });
  });

  it('shows how many bytes there are instead of the bytes', () => {
    const [line] = lines({ format: 'json' }, (log) =>
      log.info('x', { buffer: Buffer.from('abc'), view: new Uint8Array(2) }),
    );
    expect(line).to.contain('"buffer":"[3 bytes]"').and.contain('"view":"[2 bytes]"');
  });

  it('never shows what stands under a secret name, however deep and in whatever company', () => {
    const names = fc.constantFrom(
      'key',
      'private_key',
      'apiSecret',
      'signature',
      'mnemonic',
      'password',
      'token',
      'Authorization',
      'raw',
    );
    const around = fc.array(fc.constantFrom('vm', 'list', 'map', 'error', 'cause'), { maxLength: 5 });
    const values = fc
      .uuid()
      .chain((secret) =>
        fc
          .constantFrom<unknown>(
            secret,
            [secret],
            { inner: secret },
            new Map([['x', secret]]),
            new Error(secret),
          )
          .map((value) => ({ secret, value })),
      );
    fc.assert(
      fc.property(names, around, values, (name, path, { secret, value }) => {
        const fields = path.reduceRight<Record<string, unknown>>(
          (inner, step) => ({ [step]: wrap(step, inner) }),
          {
            [name]: value,
          },
        );
        for (const format of ['json', 'text'] as const) {
          const [line = ''] = lines({ format, colour: false }, (log) => log.error('failed', fields));
          expect(line).to.not.contain(secret);
        }
      }),
    );
  });
});

function wrap(step: string, inner: Record<string, unknown>): unknown {
  if (step === 'list') return [inner];
  if (step === 'map') return new Map([['inner', inner]]);
  if (step === 'cause') return new Error('outer', { cause: inner });
  return inner;
}

function fail(message: string): never {
  throw new Error(message);
}

function lines(options: LoggerOptions, use: (log: ReturnType<typeof createLogger>) => void): string[] {
  const written: string[] = [];
  use(createLogger({ level: 'debug', ...options, sink: (line) => written.push(line) }));
  return written;
}
