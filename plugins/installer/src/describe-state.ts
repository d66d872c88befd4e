import type { SetupState } from './setup-state.js';

/** Where a set-up stands, for people: one line per step with what it answered. */
export function describeState(state: SetupState | null): string[] {
  if (!state) return ['No set-up has been started on this host.'];
  const lines = Object.entries(state.steps).map(([id, step]) => {
    const data = Object.entries(step.data).map(([name, value]) => `${name}=${value}`);
    const detail = step.status === 'failed' ? (step.error ?? '') : data.join(' ');
    return `${id.padEnd(16)} ${step.status.padEnd(10)} ${detail}`.trimEnd();
  });
  return [`Set-up ${state.status}`, ...lines];
}
