import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec, type Exec, hasCode, resolvePaths } from '@blockhost/kernel';
import { expect } from 'chai';
import { isRunning, until } from '../daemon/until.js';

const SECOND = 1_000;

describe('Exec', function () {
  this.timeout(20_000);
  let root: string;
  let exec: Exec;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'blockhost-exec-'));
    exec = createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: root }), killAfterMs: 300 });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const sh = (script: string, options: Partial<Parameters<Exec['run']>[1]> = {}) =>
    exec.run(['sh', '-c', script], { timeoutMs: 10 * SECOND, ...options });
  const pidIn = (name: string) =>
    until(() => {
      try {
        return Number(readFileSync(join(root, name), 'utf8')) || undefined;
      } catch {
        return undefined;
      }
    });
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  it('answers output and exit code, whatever the code', async () => {
    const result = await sh('echo out; echo err >&2; exit 7');
    expect(result).to.deep.equal({
      code: 7,
      signal: null,
      timedOut: false,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('hands arguments on as they are, without a shell', async () => {
    const odd = ['a b', '$HOME', '`id`', '; false', '*', '', '--'];
    const { stdout } = await exec.run(['printf', '<%s>', ...odd], { timeoutMs: SECOND });
    expect(stdout).to.equal(odd.map((each) => `<${each}>`).join(''));
  });

  it('gives the child its input, or none', async () => {
    expect((await sh('cat', { input: 'hello' })).stdout).to.equal('hello');
    expect((await sh('cat; echo end')).stdout).to.equal('end\n');
  });

  it('does not mind a child that never reads its input', async () => {
    expect((await sh('exit 0', { input: 'x'.repeat(5_000_000) })).code).to.equal(0);
  });

  it('rebuilds the environment: fixed names, what is asked for, and BLOCKHOST_* that is no secret', async () => {
    process.env.BLOCKHOST_TEST_PLACE = 'here';
    process.env.BLOCKHOST_TEST_TOKEN = 'hidden';
    process.env.UNRELATED_TEST = 'x';
    try {
      const { stdout } = await exec.run(['env'], { timeoutMs: SECOND, env: { OWN: 'yes' } });
      const env = Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split('=')),
      );
      expect(env).to.include({
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        HOME: join(root, 'var/lib/blockhost'),
        BLOCKHOST_TEST_PLACE: 'here',
        OWN: 'yes',
      });
      expect(env).to.not.have.any.keys('BLOCKHOST_TEST_TOKEN', 'UNRELATED_TEST', 'BLOCKHOST_FAILPOINT');
    } finally {
      delete process.env.BLOCKHOST_TEST_PLACE;
      delete process.env.BLOCKHOST_TEST_TOKEN;
      delete process.env.UNRELATED_TEST;
    }
  });

  it('runs in the state folder once that exists', async () => {
    mkdirSync(join(root, 'var/lib/blockhost'), { recursive: true });
    expect((await sh('pwd')).stdout).to.equal(`${join(root, 'var/lib/blockhost')}\n`);
  });

  it('keeps the first MiB of a flood on stdout and says that there was more', async () => {
    const result = await sh('head -c 5000000 /dev/zero | tr "\\0" x; echo done >&2');
    expect(result.stdout).to.have.length(1024 * 1024);
    expect(result).to.include({ stdoutTruncated: true, stderr: 'done\n', code: 0 });
  });

  it('keeps the last 64 KiB of a flood on stderr', async () => {
    const { stderr } = await sh('(head -c 5000000 /dev/zero | tr "\\0" x; echo the end) >&2');
    expect(stderr).to.have.length(64 * 1024);
    expect(stderr.endsWith('xthe end\n')).to.equal(true);
  });

  it('tells lines of stderr while the child runs', async () => {
    const lines: string[] = [];
    const gate = join(root, 'go');
    const running = sh(
      `echo one >&2; while [ ! -e ${gate} ]; do sleep 0.01; done; echo two >&2; printf rest >&2`,
      {
        onProgress: (line) => lines.push(line),
      },
    );
    await until(() => lines.length === 1);
    writeFileSync(gate, '');
    await running;
    expect(lines).to.deep.equal(['one', 'two']);
  });

  it('ends a child that is late, and all it started', async () => {
    const running = sh(`sh -c 'echo $$ > ${root}/grandchild; sleep 100' & wait`, { timeoutMs: SECOND });
    const grandchild = await pidIn('grandchild');
    const result = await running;
    expect(result).to.include({ code: null, signal: 'SIGTERM', timedOut: true });
    await until(() => !isRunning(grandchild));
  });

  it('kills what ignores SIGTERM, also behind a child that does not', async () => {
    const running = sh(`sh -c 'trap "" TERM; echo $$ > ${root}/deaf; while :; do sleep 0.05; done' & wait`, {
      timeoutMs: SECOND,
    });
    const deaf = await pidIn('deaf');
    expect((await running).timedOut).to.equal(true);
    await until(() => !isRunning(deaf));
  });

  it('does not wait for members of the group that ended and that nobody collects', async () => {
    // The leader's child leaves the group, has a child of its own join it, and never collects that.
    const script = `
      my $group = $$;
      if (!fork) {
        setpgrp(0, 0); open(STDOUT, '>/dev/null'); open(STDERR, '>/dev/null');
        if (my $member = fork) { open(my $f, '>', "${root}/parent"); print $f $$; close $f; sleep 100; exit }
        setpgrp(0, $group); open(my $f, '>', "${root}/member"); print $f $$; close $f; sleep 100; exit
      }
      sleep 100`;
    const controller = new AbortController();
    const patient = createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: root }), killAfterMs: 60 * SECOND });
    const running = patient.run(['perl', '-e', script], {
      timeoutMs: 60 * SECOND,
      signal: controller.signal,
    });
    const parent = await pidIn('parent');
    const member = await pidIn('member');
    try {
      controller.abort();
      expect(await running).to.include({ signal: 'SIGTERM' });
      expect(readFileSync(`/proc/${member}/stat`, 'utf8')).to.match(/\) Z /);
    } finally {
      process.kill(parent, 'SIGKILL');
    }
  });

  it('ends the child when its signal aborts, and does not call that late', async () => {
    const controller = new AbortController();
    const running = sh(`echo $$ > ${root}/child; exec sleep 100`, { signal: controller.signal });
    await pidIn('child');
    controller.abort();
    expect(await running).to.include({ signal: 'SIGTERM', timedOut: false });
  });

  it('runs nothing under an aborted signal', async () => {
    const reason = new Error('stopping');
    expect(await failure(sh(`touch ${root}/ran`, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
  });

  it('does not wait for what a finished child left running', async () => {
    const result = await sh(`sleep 100 & echo $! > ${root}/left; echo done`);
    expect(result).to.include({ code: 0, stdout: 'done\n' });
    process.kill(await pidIn('left'), 'SIGKILL');
  });

  it('tells a program that is missing from one that cannot be run', async () => {
    const file = join(root, 'verb');
    expect(
      hasCode(await failure(exec.run(['no-such-program'], { timeoutMs: 1 })), 'exec.not-found'),
    ).to.equal(true);
    expect(hasCode(await failure(exec.run([file], { timeoutMs: 1 })), 'exec.not-found')).to.equal(true);
    writeFileSync(file, '#!/no/such/interpreter\n');
    expect(hasCode(await failure(exec.run([file], { timeoutMs: 1 })), 'exec.not-executable')).to.equal(true);
    chmodSync(file, 0o755);
    expect(hasCode(await failure(exec.run([file], { timeoutMs: 1 })), 'exec.not-executable')).to.equal(true);
  });

  it('names a folder that is not there', async () => {
    const error = await failure(sh('true', { cwd: join(root, 'gone') }));
    expect(String(error)).to.contain(`no folder ${join(root, 'gone')}`);
  });
});
