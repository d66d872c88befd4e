import { type ConfigFile, type HostConfig, sentenceOf } from '@blockhost/kernel';
import {
  ADDRESSBOOK_JSON,
  ADMIN_COMMANDS_JSON,
  BLOCKHOST_YAML,
  DB_YAML,
  REVENUE_SHARE_JSON,
} from '@blockhost/kernel/host-files';

const FILES: readonly ConfigFile<unknown>[] = [
  BLOCKHOST_YAML,
  DB_YAML,
  ADDRESSBOOK_JSON,
  ADMIN_COMMANDS_JSON,
  REVENUE_SHARE_JSON,
];

/** What is wrong with the files of this host that a running monitor may not have read again yet, a sentence each. */
export async function brokenConfiguration(config: HostConfig): Promise<readonly string[]> {
  const looks = await Promise.allSettled(FILES.map((file) => config.find(file)));
  return looks.flatMap((look) => (look.status === 'rejected' ? [sentenceOf(look.reason)] : []));
}
