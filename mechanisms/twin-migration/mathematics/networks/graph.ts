import type { World } from "../world/World.ts";

/**
 * Who is next to whom, with the diagonal: nodes are vehicles, then servers. A vehicle is next to its host, to the RSU of
 * its access and to every RSU that covers it; edges to edges nearby, and to all clouds. [n · n] of 0 and 1.
 */
export function graphOf(world: World): Float64Array {
  const { instance, host, access, metres } = world;
  const { vehicles, servers, edges, adjacent, parameters } = instance;
  const nodes = vehicles + servers;
  const A = new Float64Array(nodes * nodes);
  const join = (a: number, b: number) => {
    A[a * nodes + b] = 1;
    A[b * nodes + a] = 1;
  };
  for (let node = 0; node < nodes; node++) join(node, node);
  for (let v = 0; v < vehicles; v++) {
    join(v, vehicles + host[v]!);
    join(v, vehicles + access[v]!);
    for (let j = 0; j < edges; j++) {
      if (metres[v * servers + j]! <= parameters.coverageMetres) join(v, vehicles + j);
    }
  }
  for (let m = 0; m < servers; m++) {
    for (let n = 0; n < m; n++) if (adjacent[m * servers + n] === 1) join(vehicles + m, vehicles + n);
  }
  return A;
}

/** D^−1/2 A D^−1/2 of eq. 1; A has the diagonal. */
export function normalized(A: Float64Array, nodes: number): Float64Array {
  const root = new Float64Array(nodes);
  for (let a = 0; a < nodes; a++) {
    let degree = 0;
    for (let b = 0; b < nodes; b++) degree += A[a * nodes + b]!;
    root[a] = 1 / Math.sqrt(degree);
  }
  return A.map((value, at) => value * root[Math.floor(at / nodes)]! * root[at % nodes]!);
}
