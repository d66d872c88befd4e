import { defineRootActions } from '@blockhost/kernel';
import { iptablesClose, iptablesOpen } from './actions/firewall.js';

/** What the root agent does of its own; plugins add to it by a `rootActions` entry of theirs. */
export default defineRootActions([iptablesOpen, iptablesClose]);
