import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { CommandIndex, IndexedCommand } from './command-index.js';
import type { CachedCommand } from './command-manifest.js';
import { knownNames, readInvocation } from './invocation.js';

const index = indexOf({
  'vm:create': { args: { name: { name: 'name', required: true } } },
  'vm:list': {},
  plugins: {},
  'plugins:list': {},
  probe: { args: { target: { name: 'target', required: true } }, bareIsUsageError: true },
  'guest:exec': { strict: false, flags: { host: { name: 'host', char: 'h', type: 'option' } } },
  send: { flags: { key: { name: 'key', required: true, env: 'SEND_KEY', type: 'option' } } },
  secret: { hidden: true },
});

const read = (line: string, env: NodeJS.ProcessEnv = {}) =>
  readInvocation(index, line === '' ? [] : line.split(' '), env);

describe('readInvocation', () => {
  it('takes the longest leading words that name a command, and leaves it the rest', () => {
    expect(read('vm create web --cpu 2')).to.deep.equal({
      kind: 'command',
      id: 'vm:create',
      argv: ['web', '--cpu', '2'],
    });
    expect(read('plugins list')).to.deep.equal({ kind: 'command', id: 'plugins:list', argv: [] });
    expect(read('plugins --json')).to.deep.equal({ kind: 'command', id: 'plugins', argv: ['--json'] });
  });

  it('answers an empty line, a topic and help words with help', () => {
    expect(read('')).to.deep.equal({ kind: 'help', subject: '' });
    expect(read('--help')).to.deep.equal({ kind: 'help', subject: '' });
    expect(read('-h')).to.deep.equal({ kind: 'help', subject: '' });
    expect(read('help')).to.deep.equal({ kind: 'help', subject: '' });
    expect(read('vm')).to.deep.equal({ kind: 'help', subject: 'vm' });
    expect(read('vm -h')).to.deep.equal({ kind: 'help', subject: 'vm' });
    expect(read('help vm create')).to.deep.equal({ kind: 'help', subject: 'vm:create' });
    expect(read('vm create web --help')).to.deep.equal({ kind: 'help', subject: 'vm:create' });
  });

  it('answers a topic below a command with help', () => {
    const purse = indexOf({ purse: {}, 'purse:plan:create': {} });
    expect(readInvocation(purse, ['purse', 'plan'])).to.deep.equal({ kind: 'help', subject: 'purse:plan' });
    expect(readInvocation(purse, ['purse', 'plam'])).to.deep.include({ kind: 'unknown' });
  });

  it('answers a command that needs arguments and got none with help', () => {
    expect(read('vm create')).to.deep.equal({ kind: 'help', subject: 'vm:create' });
    expect(read('vm list')).to.deep.include({ kind: 'command' });
  });

  it('runs a command whose required flag is given by the environment', () => {
    expect(read('send')).to.deep.equal({ kind: 'help', subject: 'send' });
    expect(read('send', { SEND_KEY: 'x' })).to.deep.include({ kind: 'command' });
  });

  it('runs a command without arguments when the command says that this is a usage error', () => {
    expect(read('probe')).to.deep.equal({ kind: 'command', id: 'probe', argv: [] });
  });

  it('leaves help words behind -- and short flags of its own to the command', () => {
    expect(read('guest exec -- ls --help')).to.deep.include({ kind: 'command', id: 'guest:exec' });
    expect(read('guest exec -h web')).to.deep.include({ kind: 'command', id: 'guest:exec' });
    expect(read('guest exec web --help')).to.deep.include({ kind: 'help' });
  });

  it('names the first word that leads nowhere, without the arguments behind it', () => {
    expect(read('vn create web')).to.deep.equal({ kind: 'unknown', words: ['vn'] });
    expect(read('vm crate web')).to.deep.equal({ kind: 'unknown', words: ['vm', 'crate'] });
    expect(read('vm --verbose')).to.deep.equal({ kind: 'unknown', words: ['vm', '--verbose'] });
    expect(read('plugins lst')).to.deep.equal({ kind: 'unknown', words: ['plugins', 'lst'] });
  });

  it('hands the words of a command that is out of order to whoever reports it', () => {
    const error = new BlockhostError('command.manifest-missing', 'It is missing.');
    const broken = { ...index, broken: [{ id: 'vm:move', plugin: 'hosting', error }] };
    expect(readInvocation(broken, ['vm', 'move', 'web'], {})).to.deep.include({
      kind: 'command',
      id: 'vm:move',
    });
  });

  it('reads --version only in front', () => {
    expect(read('--version')).to.deep.equal({ kind: 'version' });
    expect(read('vm list --version')).to.deep.include({ kind: 'command' });
  });
});

describe('knownNames', () => {
  it('lists commands and topics once, without hidden ones', () => {
    const names = knownNames(index);
    expect(names).to.include.members(['vm', 'vm create', 'vm list', 'plugins']).and.not.include('secret');
    expect(new Set(names).size).to.equal(names.length);
  });
});

function indexOf(commands: Readonly<Record<string, object>>): CommandIndex {
  const indexed = Object.entries(commands).map(([id, own]): [string, IndexedCommand] => {
    const cached = { id, args: {}, flags: {}, aliases: [], hiddenAliases: [], hidden: false, ...own };
    const relativePath = [`${id}.js`];
    return [
      id,
      {
        id,
        plugin: 'hosting',
        module: `/x/${id}.js`,
        bugs: null,
        cached: { ...cached, relativePath } as CachedCommand,
      },
    ];
  });
  return { commands: new Map(indexed), shortNames: new Map(), broken: [] };
}
