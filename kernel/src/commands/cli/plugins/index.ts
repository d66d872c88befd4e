import PluginsList from './list.js';

/** `blockhost plugins` alone lists them. */
export default class Plugins extends PluginsList {}
