/** Actions of the plugin `fixture`: what a test can wait for, count, and break. */
export const FIXTURE_NAMES = ['echo', 'hold', 'slow-child', 'deaf', 'throws', 'huge', 'big-int'];

export const FIXTURE = `
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
const object = (properties = {}) => ({ type: 'object', properties, additionalProperties: false });
const text = { type: 'string' };
const note = (paths, line) => appendFileSync(join(paths.state, 'notes'), line + '\\n');
const action = (name, run, more = {}) => ({
  name, parameters: object({ text, on: text, file: text }), timeoutMs: 20_000, resource: ({ on }) => on ?? crypto.randomUUID(),
  mutates: false, run, ...more,
});
export default { $type: 'blockhost.root-actions', major: 1, actions: [
  action('echo', async ({ text }) => ({ text })),
  action('hold', async ({ text, file }, { paths, signal }) => {
    note(paths, 'begin ' + text);
    while (!existsSync(join(paths.state, file)) && !signal.aborted) await new Promise((go) => setTimeout(go, 5));
    note(paths, 'end ' + text);
    return {};
  }, { mutates: true, secrets: ['text'], timeoutMs: 120_000 }),
  action('slow-child', async (_, { exec, paths }) => {
    await exec.run(['sh', '-c', 'echo $$ > "$1"; sleep 60 & sleep 60', 'sh', join(paths.state, 'pid')], { timeoutMs: 60_000 });
    return {};
  }, { timeoutMs: 200 }),
  action('deaf', () => new Promise(() => {}), { timeoutMs: 50, resource: () => 'deaf' }),
  action('throws', async () => { throw new Error('secret internals at /etc/shadow'); }),
  action('huge', async () => ({ text: 'x'.repeat(2_000_000) })),
  action('big-int', async () => ({ value: 1n })),
] };
`;
