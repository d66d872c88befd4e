import { BlockhostError, type Exec, type ExecResult, hasCode, type Paths } from '@blockhost/kernel';

const TIMEOUT_MS = 20_000;

/** What nginx says when it is told to reload and does not run. */
const NOT_RUNNING = /open\(\) ".*\.pid" failed \(2:|invalid PID number|kill\(.*\) failed \(3:/;

/** The nginx of this host. Below a `BLOCKHOST_ROOT` it is the one with the settings there. */
export class WebServer {
  constructor(
    private readonly exec: Exec,
    private readonly paths: Paths,
  ) {}

  /** Throws `nginx.refused` with nginx's own words when it would not start with the present settings. */
  async test(): Promise<void> {
    const { code, stderr } = await this.#run('-t', '-q');
    if (code !== 0) throw refused('does not accept its settings', stderr);
  }

  /** Lets a running one take the present settings; one that does not run takes them when it starts. */
  async reload(): Promise<void> {
    const { code, stderr } = await this.#run('-s', 'reload');
    if (code !== 0 && !NOT_RUNNING.test(stderr)) throw refused('cannot be reloaded', stderr);
  }

  async #run(...words: readonly string[]): Promise<ExecResult> {
    const settings = this.paths.resolve('/etc/nginx/nginx.conf');
    try {
      return await this.exec.run(['nginx', ...words, '-c', settings], { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!hasCode(error, 'exec.not-found')) throw error;
      throw new BlockhostError('root-agent.no-program', 'There is no program nginx.', {
        cause: error,
        remedy: 'Run: apt-get install nginx-light',
      });
    }
  }
}

function refused(what: string, stderr: string): BlockhostError {
  const lines = stderr.trim().split('\n');
  const line = lines.find((each) => /\[(emerg|error)\]/.test(each)) ?? lines[0] ?? '';
  return new BlockhostError('nginx.refused', `nginx ${what}: ${line.slice(0, 300)}`, {
    remedy: 'Correct what it names; a site beside that of BlockHost may stand in its way.',
  });
}
