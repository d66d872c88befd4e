import { defineRootActions } from '@blockhost/kernel';
import { addressbookSave } from './actions/addressbook-save.js';
import { adminCommandsSave } from './actions/admin-commands-save.js';
import { adminPathUpdate } from './actions/admin-path-update.js';
import { bridgePortIsolate } from './actions/bridge-port-isolate.js';
import { certRenew } from './actions/cert-renew.js';
import { iptablesClose, iptablesOpen } from './actions/firewall.js';
import { hostnameSet } from './actions/hostname-set.js';
import { ip6RouteAdd, ip6RouteDel } from './actions/routes.js';
import { serviceControl } from './actions/service-control.js';
import { virtCustomize } from './actions/virt-customize.js';

/** What the root agent does of its own; plugins add to it by a `rootActions` entry of theirs. */
export default defineRootActions([
  iptablesOpen,
  iptablesClose,
  ip6RouteAdd,
  ip6RouteDel,
  bridgePortIsolate,
  addressbookSave,
  adminCommandsSave,
  adminPathUpdate,
  certRenew,
  hostnameSet,
  serviceControl,
  virtCustomize,
]);
