import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { garbageFailpoints } from '../garbage/collect-garbage.js';
import { lifeFailpoints } from '../vms/life-failpoints.js';
import { givingUpFailpoints, pipelineFailpoints, STAGES, stageAfter } from './stages.js';

describe('the stages of the pipeline', () => {
  it('declare every step that the code takes, so that each has its crash tests', async () => {
    const folder = path.join(import.meta.dirname, '..');
    const files = (await readdir(folder, { recursive: true })).filter((file) =>
      /^(pipeline|vms|garbage)\/.*(?<!\.test)\.js$/.test(file),
    );
    const taken = new Set<string>();
    for (const file of files)
      for (const [, step] of (await readFile(path.join(folder, file), 'utf8')).matchAll(
        /run\.step\('([^']+)'/g,
      ))
        if (step) taken.add(step);
    const declared = [
      ...Object.keys(STAGES).flatMap((kind) => pipelineFailpoints(kind as keyof typeof STAGES)),
      ...givingUpFailpoints,
      ...garbageFailpoints,
      ...lifeFailpoints,
    ].map((name) => name.split(/[.:]/)[1]);
    expect([...taken].filter((step) => !declared.includes(step))).to.deep.equal([]);
    const calls = Object.values(STAGES).flatMap((stages) => stages.flatMap((stage) => stage.calls));
    expect(calls.filter((call) => !taken.has(call))).to.deep.equal([]);
  });

  it('follow each other to the end, and a stage of another version is refused', () => {
    const reached = [];
    for (let stage = stageAfter('create', 'received'); stage; stage = stageAfter('create', stage.reached))
      reached.push(stage.reached);
    expect(reached).to.deep.equal([
      'decrypted',
      'token_reserved',
      'vm_created',
      'encrypted',
      'nft_minted',
      'db_updated',
    ]);
    expect(stageAfter('cancel', 'complete')).to.equal(null);
    expect(() => stageAfter('create', 'teleported')).to.throw('teleported');
  });

  it('have names of their own', () => {
    const names = Object.values(STAGES).flatMap((stages) => stages.map(({ reached }) => reached));
    expect(new Set(names).size).to.equal(names.length);
  });
});
