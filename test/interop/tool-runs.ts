import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExec, type ExecResult } from '@blockhost/kernel';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { checkout, demoPlugins } from '../demo/host.js';

/** `nft_tool` as a process of its own, on a host that was never set up. */
export class ToolRuns {
  private constructor(
    readonly host: HostRoot,
    /** For the files of a test. */
    readonly folder: string,
  ) {}

  static async create(): Promise<ToolRuns> {
    const plugins = demoPlugins.map((name) => join(checkout, 'plugins', name));
    return new ToolRuns(
      await makeHostRoot({ plugins }),
      await mkdtemp(join(tmpdir(), 'blockhost-nft-tool-')),
    );
  }

  /** `input` is what standard input holds; the program may be called by its other name. */
  run(words: readonly string[], input = '', program = 'nft_tool'): Promise<ExecResult> {
    return createExec({ paths: this.host.paths }).run([join(checkout, 'bin', program), ...words], {
      cwd: this.folder,
      input,
      timeoutMs: 20_000,
      env: { BLOCKHOST_ROOT: this.host.root },
    });
  }

  async dispose(): Promise<void> {
    await this.host.dispose();
    await rm(this.folder, { recursive: true });
  }
}
