import { CHAIN_ENGINE, CLOCK, CONFIG, LOGGER, PATHS, PRIVILEGED_ACTIONS } from '@blockhost/kernel';
import { BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';

/** What the commands about the administrator's orders share: the parts of the host they work with. */
export abstract class AdminCommand extends BlockhostCommand {
  protected async knockHost() {
    const [clock, log, paths] = await Promise.all([this.get(CLOCK), this.get(LOGGER), this.get(PATHS)]);
    return { clock, log, paths, rootAgent: await this.find(PRIVILEGED_ACTIONS) };
  }

  protected async reportHost() {
    const [chain, config, paths] = await Promise.all([
      this.get(CHAIN_ENGINE),
      this.get(CONFIG),
      this.get(PATHS),
    ]);
    return {
      chain,
      config,
      paths,
      database: await this.get(DATABASE),
      rootAgent: await this.find(PRIVILEGED_ACTIONS),
    };
  }
}
