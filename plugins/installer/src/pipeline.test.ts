import { createHostConfig, isBlockhostError, systemClock } from '@blockhost/kernel';
import { makeHostRoot, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { openState, runPipeline } from './pipeline.js';
import { newStepState, type SetupState, SetupStateFile } from './setup-state.js';

const given = (hash: string) => ({ sections: {}, secrets: {}, hash });

function begun(status: SetupState['status']): SetupState {
  const state = openState(null, given('first'), []);
  return { ...state, status, steps: { keypair: { ...newStepState(), status: 'completed' } } };
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isBlockhostError(error)) return `${error.code}: ${error.remedy}`;
    throw error;
  }
  return 'none';
}

describe('a set-up that is opened again', () => {
  it('goes on with the same answers, or without any', () => {
    const state = begun('failed');
    expect(openState(state, given('first'), [])).to.equal(state);
    expect(openState(state, null, [])).to.equal(state);
  });

  it('takes other answers while no step has succeeded', () => {
    const state = { ...begun('failed'), steps: {} };
    expect(openState(state, given('second'), [])).to.include({ config_hash: 'second', status: 'pending' });
  });

  it('refuses other answers after a step, and says how to take them', () => {
    expect(refusal(() => openState(begun('failed'), given('second'), []))).to.match(
      /^setup\.answers-changed: .*--resume.*--reset/,
    );
  });

  it('refuses other answers when it is complete, and proposes nothing that would be refused too', () => {
    const text = refusal(() => openState(begun('completed'), given('second'), []));
    expect(text).to.match(/^setup\.complete: /);
    expect(text).to.not.include('--reset');
  });
});

describe('a set-up that is interrupted', () => {
  it('says so, and how to go on, instead of calling its step faulty', async () => {
    const { paths, dispose } = await makeHostRoot({ plugins: [] });
    const interruption = new AbortController();
    const waiting = {
      id: 'waits',
      label: 'Wait for ever',
      run() {
        interruption.abort();
        return new Promise<never>(() => {});
      },
    };
    const steps = [{ step: waiting, plugin: 'demo', section: null }];
    const file = new SetupStateFile(paths);
    const tools = {
      file,
      paths,
      config: createHostConfig({ paths }),
      clock: systemClock,
      log: new RecordingLogger(),
      get: () => Promise.reject(new Error('nothing is provided here')),
      onProgress() {},
    };
    try {
      const ended = await runPipeline(
        openState(null, given('first'), steps),
        steps,
        {},
        tools,
        interruption.signal,
      ).catch((error: unknown) => error);
      expect(ended).to.deep.include({
        code: 'setup.interrupted',
        exitCode: 130,
        remedy: 'Go on with: blockhost setup --resume',
      });
      expect((await file.load())?.steps.waits).to.include({ status: 'failed', attempts: 1 });
    } finally {
      await dispose();
    }
  });
});
