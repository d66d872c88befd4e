import { expect } from 'chai';
import type { CommandIndex, IndexedCommand } from '../commands/command-index.js';
import type { CachedCommand } from '../commands/command-manifest.js';
import { completionScript } from './completion-script.js';

describe('completionScript', () => {
  it('keeps hidden commands and hidden flags to itself', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const)
      expect(completionScript(shell, index)).to.not.match(/internal|trace/);
  });

  it('names every program in zsh, and summaries in fish with their quotes', () => {
    expect(completionScript('zsh', index).split('\n')[0]).to.equal(
      '#compdef blockhost blockhost-vm-create v',
    );
    expect(completionScript('fish', index)).to.include(
      `complete -c blockhost -n 'test (string join '\\'' '\\'' -- (__blockhost_typed)) = '\\''vm'\\''' -f -a create -d 'Make a customer'\\''s VM'`,
    );
  });
});

const flag = (name: string, own: object = {}) => ({ [name]: { name, type: 'boolean', ...own } });

const index: CommandIndex = {
  commands: new Map(
    Object.entries({
      'vm:create': {
        summary: "Make a customer's VM",
        flags: { ...flag('cpu'), ...flag('trace', { hidden: true }) },
      },
      'vm:internal': { hidden: true },
      'plugins:list': {},
    }).map(([id, own]): [string, IndexedCommand] => {
      const cached = { id, flags: {}, args: {}, hidden: false, ...own } as unknown as CachedCommand;
      return [id, { id, plugin: 'hosting', module: '', bugs: null, cached }];
    }),
  ),
  shortNames: new Map([
    ['blockhost-vm-create', ['vm', 'create']],
    ['v', ['vm']],
  ]),
  broken: [],
};
