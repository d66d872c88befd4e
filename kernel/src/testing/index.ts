export { type HostRoot, makeHostRoot } from './host-root.js';
