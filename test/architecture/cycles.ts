/** Finds cycles in a graph. */

/** The groups of nodes that reach each other, nodes that reach themselves included; each sorted. */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reachable = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, node)]))
  const reaches = (from: string, to: string) => reachable.get(from)?.has(to) ?? false
  const groups = [...graph.keys()]
    .filter((node) => reaches(node, node))
    .map((node) => [...graph.keys()].filter((other) => reaches(node, other) && reaches(other, node)).sort())
  return [...new Map(groups.map((group) => [group.join(), group])).values()]
}

function reachableFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const seen = new Set<string>()
  const waiting = [start]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const next of graph.get(node) ?? []) {
      if (!seen.has(next)) waiting.push(next)
      seen.add(next)
    }
  }
  return seen
}
