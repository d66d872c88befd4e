import { isBlockhostError } from '@blockhost/kernel';
import { expect } from 'chai';
import { openState } from './pipeline.js';
import { newStepState, type SetupState } from './setup-state.js';

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
