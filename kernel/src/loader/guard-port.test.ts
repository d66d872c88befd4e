import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import { definePort, portToken } from '../ports/token.js';
import { type AnswerProblem, guardPort, supports } from './guard-port.js';

interface Lamp {
  readonly bulb: { watts(): number; readonly colour: string };
  on(): Promise<string>;
  dim?(): void;
}

const contract = definePort<Lamp>({
  name: 'lamp',
  major: 1,
  token: portToken('lamp', 1),
  core: ['on', 'bulb.watts'],
  capabilities: { dimmer: ['dim'], sensor: ['bulb.temperature'] },
  answers: { on: 'lit', 'bulb.watts': 'watts' },
});

class Candle {
  #lit = 0;
  readonly bulb = Object.freeze({ watts: () => 40, colour: 'warm', temperature: () => 300 });
  async on() {
    this.#lit += 1;
    return `lit ${this.#lit}`;
  }
  dim() {}
}

function guarded(instance: object, capabilities: readonly string[], problem: AnswerProblem | null = null) {
  const asked: string[] = [];
  const port = guardPort(instance, {
    contract,
    capabilities,
    plugin: 'candle',
    facts: { bugs: 'https://example.org' },
    call: (act) => act(),
    problemOf: (schema) => {
      asked.push(schema);
      return problem;
    },
  }) as Lamp & { readonly bulb: { temperature?(): number } };
  return { port, asked };
}

describe('guardPort', () => {
  it('keeps private members, facets and plain values of the provider working', async () => {
    const { port, asked } = guarded(new Candle(), []);
    expect([await port.on(), await port.on()]).to.deep.equal(['lit 1', 'lit 2']);
    expect(port.bulb.watts()).to.equal(40);
    expect(port.bulb.colour).to.equal('warm');
    expect(asked).to.deep.equal(['lit', 'lit', 'watts']);
  });

  it('answers the same members each time, so that they can be compared', () => {
    const { port } = guarded(new Candle(), []);
    expect(port.on).to.equal(port.on);
    expect(port.bulb).to.equal(port.bulb);
  });

  it('serves a frozen provider', async () => {
    const { port } = guarded(Object.freeze(new Candle()), []);
    expect(await port.on()).to.equal('lit 1');
  });

  it('hides undeclared capabilities, in facets too', () => {
    const { port } = guarded(new Candle(), ['dimmer']);
    expect(supports(port, 'dimmer')).to.equal(true);
    expect(supports(port, 'sensor')).to.equal(false);
    expect(() => port.dim?.()).not.to.throw();
    expect(['dim' in port, 'temperature' in port.bulb]).to.deep.equal([true, false]);
    expect(() => port.bulb.temperature?.())
      .to.throw()
      .with.property('code', 'port.not-supported');
  });

  it('refuses malformed answers, promised or given at once', async () => {
    const { port } = guarded(new Candle(), [], { pointer: '/a', found: '1', expected: 'must be text' });
    expect(() => port.bulb.watts())
      .to.throw()
      .with.property('code', 'plugin.bad-answer');
    const refused = await port.on().catch((error: unknown) => error);
    expect(refused).to.deep.include({
      code: 'plugin.bad-answer',
      facts: { at: '/a', found: '1', expected: 'must be text', bugs: 'https://example.org' },
    });
  });

  it('passes on errors of the house and aborts, and wraps everything else', async () => {
    const house = new BlockhostError('lamp.broken', 'The lamp is broken.');
    const abort = new DOMException('enough', 'AbortError');
    for (const [thrown, code] of [
      [house, 'lamp.broken'],
      [abort, 20],
      [new TypeError('oops'), 'plugin.failed'],
      ['text', 'plugin.failed'],
    ] as const) {
      const { port } = guarded({ bulb: {}, on: () => Promise.reject(thrown) }, []);
      expect(await port.on().catch((error: unknown) => error)).to.have.property('code', code);
    }
  });
});
