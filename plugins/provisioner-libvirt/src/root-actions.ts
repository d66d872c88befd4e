import { defineRootActions } from '@blockhost/kernel';
import { templateDebian } from './root-actions/build-debian.js';
import { virshDefine } from './root-actions/define.js';
import { virshGuestExec, virshGuestResult } from './root-actions/guest-exec.js';
import { virshDestroy, virshShutdown, virshStart } from './root-actions/power.js';
import { virshPrepare } from './root-actions/prepare.js';
import { templatePrune } from './root-actions/prune-templates.js';
import { templatePublish } from './root-actions/publish-template.js';
import { virshQuery } from './root-actions/query.js';
import { virshRemoveSeed } from './root-actions/remove-seed.js';
import { virshTune } from './root-actions/tune.js';
import { virshUndefine } from './root-actions/undefine.js';

/** What this provisioner needs privilege for; all of it is for VMs that BlockHost made. */
export default defineRootActions([
  virshQuery,
  virshDefine,
  virshRemoveSeed,
  virshUndefine,
  virshStart,
  virshShutdown,
  virshDestroy,
  virshGuestExec,
  virshGuestResult,
  virshTune,
  virshPrepare,
  templateDebian,
  templatePublish,
  templatePrune,
]);
