import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Provisioner, type VmSpec, withRun } from '@blockhost/kernel';
import { expectRefusal, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { type ForeignSubject, foreignSubject } from './foreign-subject.js';

const verbChild = join(import.meta.dirname, '../../../kernel/dist/testing/verb-child.js');

describe('provisioner-exec over executables that misbehave', function () {
  this.timeout(30_000);
  let subject: ForeignSubject;
  let provisioner: Provisioner;
  let spec: VmSpec;

  beforeEach(async () => {
    subject = await foreignSubject('shell');
    provisioner = subject.provisioner;
    spec = subject.spec();
  });
  afterEach(() => subject.dispose());

  const log = new RecordingLogger();
  const create = (signal?: AbortSignal) =>
    withRun({ name: 'create', log, ...(signal && { signal }) }, (run) => provisioner.create(spec, run));
  const destroy = () =>
    withRun({ name: 'destroy', log }, (run) =>
      provisioner.destroy({ name: spec.name, backendRef: null }, run),
    );
  const status = () => provisioner.status({ name: spec.name, backendRef: null });
  const steer = (file: string) => writeFile(join(subject.boxes, file), '');
  const mend = (file: string) => unlink(join(subject.boxes, file));

  it("passes on the provisioner's own words when create fails, and leaves nothing", async () => {
    await steer('refuse');
    const error = await expectRefusal(create(), 'provisioner.verb-failed');
    expect(error.facts).to.deep.equal({ ended: 'with exit code 7', said: 'no address is left' });
    expect(await status()).to.deep.equal({ kind: 'absent' });
    expect(await subject.leftovers?.()).to.deep.equal([]);
  });

  it('calls the outcome unknown when create ends well but says nothing sensible, and a retry makes one VM', async () => {
    await steer('babble');
    await expectRefusal(create(), 'provisioner.outcome-unknown');
    await mend('babble');
    const vm = await create();
    expect(vm.name).to.equal(spec.name);
    expect(await readdir(join(subject.boxes, '.addresses'))).to.have.length(1);
  });

  it('calls the outcome unknown when a signal ended create', async () => {
    const executable = join(subject.root, 'usr/local/bin/shell-box-create');
    await unlink(executable);
    await writeFile(executable, '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
    await expectRefusal(create(), 'provisioner.outcome-unknown');
  });

  it('keeps the name for the order whose outcome is unknown', async () => {
    await steer('babble');
    await expectRefusal(create(), 'provisioner.outcome-unknown');
    spec = { ...subject.spec(), name: spec.name };
    await expectRefusal(create(), 'provisioner.name-taken');
  });

  it('ends a slow create when it is aborted, and leaves nothing', async () => {
    await steer('slow');
    const abort = new AbortController();
    const order = create(abort.signal).then(
      () => 'created',
      () => 'refused',
    );
    await appeared(join(subject.boxes, spec.name));
    abort.abort();
    expect(await order).to.equal('refused');
    expect(await status()).to.deep.equal({ kind: 'absent' });
    expect(await subject.leftovers?.()).to.deep.equal([]);
  });

  it('ends the create of a killed process before it makes the VM anew', async () => {
    await steer('slow');
    const { module = '', argument = '' } = subject.otherProcess ?? {};
    const child = spawn(process.execPath, [verbChild, module, argument, 'create', JSON.stringify(spec)], {
      stdio: 'ignore',
    });
    await appeared(join(subject.boxes, spec.name));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await mend('slow');
    await create();
    expect(await status()).to.deep.equal({ kind: 'present', value: 'running' });
    expect(await readdir(join(subject.boxes, '.addresses'))).to.have.length(1);
  });

  it('takes an empty list for unknown while a VM that it made exists', async () => {
    await create();
    await rm(subject.boxes, { recursive: true });
    await mkdir(subject.boxes);
    expect((await provisioner.list()).kind).to.equal('unknown');
    expect((await status()).kind).to.equal('unknown');
    await expectRefusal(destroy(), 'provisioner.unknown-state');
  });

  it('answers unknown when an executable is missing, and names it when it is needed', async () => {
    const bin = join(subject.root, 'usr/local/bin');
    await create();
    await unlink(join(bin, 'shell-box-status'));
    const state = await status();
    expect(state).to.deep.equal({ kind: 'unknown', reason: 'There is no executable shell-box-status.' });
    await expectRefusal(destroy(), 'provisioner.unknown-state');
    await symlink('/bin/false', join(bin, 'shell-box-status'));
    expect(await status()).to.deep.equal({ kind: 'unknown', reason: 'status ended with 1' });
  });

  it('creates nothing while the record of an order cannot be read', async () => {
    await create();
    await writeFile(join(subject.root, 'var/lib/blockhost/provisioner-exec', `${spec.name}.json`), '{');
    await expectRefusal(create(), 'provisioner.unknown-state');
    await expectRefusal(destroy(), 'provisioner.unknown-state');
  });
});

/** Resolves once the file is there. */
async function appeared(path: string): Promise<void> {
  while (!existsSync(path)) await delay(10);
}
