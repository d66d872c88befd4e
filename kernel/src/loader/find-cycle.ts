/** The shortest way from `start` back to itself along `edges`, both ends included; null when there is none. */
export function findCycle<T>(start: T, edges: (node: T) => Iterable<T>): T[] | null {
  const cameFrom = new Map<T, T>();
  const queue = [start];
  for (const node of queue)
    for (const next of edges(node)) {
      if (next === start) {
        const path = [start];
        for (let step = node; step !== start; step = cameFrom.get(step) ?? start) path.unshift(step);
        return [start, ...path];
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, node);
        queue.push(next);
      }
    }
  return null;
}
