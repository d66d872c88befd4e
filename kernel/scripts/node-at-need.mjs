/** Modules of Node that few commands use, and that load much of Node in turn. */
export const RARELY_USED = /^(?:node:)?(?:child_process|fs\/promises|perf_hooks|readline|tty)$/;

/** An object that reads each member of a module of Node when somebody asks for it, as source text. */
export function atNeed(path) {
  const members = Object.keys(process.getBuiltinModule(path));
  const getters = members.map(
    (name) => `get ${name}() { return process.getBuiltinModule('${path}').${name}; }`,
  );
  return `{ ${getters.join(', ')} }`;
}
