import type { Engine } from "../../engine/Engine.ts";
import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { HeapIntegers } from "../../engine/HeapIntegers.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";
import { packOf } from "../../engine/packOf.ts";
import { type GraphObservation, type GraphSizes, serversOf } from "../environments/GraphEnvironment.ts";
import { SparseRows } from "./SparseRows.ts";

/** Numbers of an observation in one row: users, servers, pairs, candidates, links. */
export function observationSize(sizes: GraphSizes): number {
  const { users, candidates, userFeatures, serverFeatures, pairFeatures } = sizes;
  const servers = serversOf(sizes);
  return users * (userFeatures + candidates * (pairFeatures + 1) + servers) + servers * serverFeatures;
}

/** Writes an observation as a row. */
export function writeObservation(seen: GraphObservation, row: Float32Array, at: number): void {
  let to = at;
  for (const part of [seen.users, seen.servers, seen.pairs, seen.candidates, seen.links]) {
    row.set(part, to);
    to += part.length;
  }
}

/** What a batch is made for. */
export interface GraphBatchOptions {
  readonly sizes: GraphSizes;
  /** [servers · servers] */
  readonly serverLinks: ArrayLike<number>;
  /** Observations. */
  readonly samples: number;
  /** False: nobody hears of anybody else in the encoder. */
  readonly messages: boolean;
}

/**
 * Observations side by side as one graph on the engine's heap. Rows are the users of all samples, then the servers of
 * all samples, tier by tier: so agents of a tier are a block, and a dense layer of theirs one product.
 */
export class GraphBatch {
  readonly sizes: GraphSizes;
  readonly samples: number;
  readonly pack: KernelPack;
  /** Rows of users, servers, and both. */
  readonly userRows: number;
  readonly serverRows: number;
  readonly rows: number;
  /** First row and rows of each tier, counted from the first server. */
  readonly tiers: readonly { readonly first: number; readonly rows: number }[];
  readonly users: HeapFloats;
  readonly servers: HeapFloats;
  readonly pairs: HeapFloats;
  /** Â = D^−½ A D^−½ with the diagonal; it is symmetric. [rows · rows] */
  readonly propagation: SparseRows;
  /** Mean over the servers next to a user, and its transpose. [users · servers] */
  readonly around: SparseRows;
  readonly aroundTransposed: SparseRows;
  /** Servers of users' candidates, and the transpose; an entry is a valid candidate. [users · servers] */
  readonly choices: SparseRows;
  readonly choicesTransposed: SparseRows;
  /** The same entries by place in pairs. [users · pairs], [servers · pairs] */
  readonly choicePairs: SparseRows;
  readonly choicePairsTransposed: SparseRows;
  /** What a pair is of: its user's row and its server's, of all rows. [pairs · rows] */
  readonly pairNodes: SparseRows;
  /** The entry of `choices` behind each entry of its transpose. */
  readonly transposedFrom: Int32Array;
  /** Row of server m of sample s, counted from the first server. [samples · servers] */
  readonly serverRow: Int32Array;
  readonly #serverLinks: ArrayLike<number>;
  readonly #messages: boolean;
  readonly #room: (HeapFloats | HeapIntegers)[] = [];
  readonly #degrees: Float64Array;
  readonly #linked: Float64Array;
  readonly #links: Uint8Array;
  readonly #counts: Int32Array;

  constructor(engine: Engine, { sizes, serverLinks, samples, messages }: GraphBatchOptions) {
    const pack = packOf(engine);
    const servers = serversOf(sizes);
    const V = samples * sizes.users;
    const M = samples * servers;
    this.sizes = sizes;
    this.samples = samples;
    this.pack = pack;
    this.userRows = V;
    this.serverRows = M;
    this.rows = V + M;
    let first = 0;
    this.tiers = sizes.serverTiers.map((tier) => {
      const rows = tier * samples;
      first += rows;
      return { first: first - rows, rows };
    });
    this.serverRow = new Int32Array(M);
    this.#placeServers();
    this.#serverLinks = serverLinks;
    this.#messages = messages;
    const floats = (length: number) => this.#keep(pack.floats(length));
    const integers = (length: number) => this.#keep(pack.integers(length));
    const pairs = V * sizes.candidates;
    const links = V * servers;
    this.users = floats(V * sizes.userFeatures);
    this.servers = floats(M * sizes.serverFeatures);
    this.pairs = floats(pairs * sizes.pairFeatures);
    const edges = this.rows + 2 * links + M * servers;
    const matrix = (rows: number, entries: number) => ({
      rows,
      starts: integers(rows + 1),
      columns: integers(entries),
      weights: floats(entries),
    });
    this.propagation = new SparseRows(pack, matrix(this.rows, edges));
    this.around = new SparseRows(pack, matrix(V, links));
    this.aroundTransposed = new SparseRows(pack, matrix(M, links));
    this.choices = new SparseRows(pack, matrix(V, pairs));
    this.choicesTransposed = new SparseRows(pack, matrix(M, pairs));
    const { starts } = this.choices;
    const { starts: startsTransposed } = this.choicesTransposed;
    this.choicePairs = new SparseRows(pack, { rows: V, starts, columns: integers(pairs) });
    this.choicePairsTransposed = new SparseRows(pack, {
      rows: M,
      starts: startsTransposed,
      columns: integers(pairs),
    });
    this.pairNodes = new SparseRows(pack, {
      rows: pairs,
      starts: integers(pairs + 1),
      columns: integers(2 * pairs),
    });
    this.transposedFrom = new Int32Array(pairs);
    this.#degrees = new Float64Array(this.rows);
    this.#linked = new Float64Array(V);
    this.#links = new Uint8Array(links);
    this.#counts = new Int32Array(M);
  }

  /** Entries of `choices`. */
  get entries(): number {
    return this.choices.starts.values[this.userRows]!;
  }

  /** Takes in observations. @param places - Where each begins in `source`. [samples] */
  load(source: Float32Array, places: ArrayLike<number>): void {
    const { sizes, samples, serverRow } = this;
    const { users: V, candidates: K, userFeatures, serverFeatures, pairFeatures } = sizes;
    const M = serversOf(sizes);
    const users = this.users.values;
    const servers = this.servers.values;
    const pairs = this.pairs.values;
    for (let s = 0; s < samples; s++) {
      let at = places[s]!;
      users.set(source.subarray(at, at + V * userFeatures), s * V * userFeatures);
      at += V * userFeatures;
      for (let m = 0; m < M; m++) {
        const to = serverRow[s * M + m]! * serverFeatures;
        for (let f = 0; f < serverFeatures; f++) servers[to + f] = source[at++]!;
      }
      pairs.set(source.subarray(at, at + V * K * pairFeatures), s * V * K * pairFeatures);
      at += V * K * (pairFeatures + 1);
      for (let link = 0; link < V * M; link++) this.#links[s * V * M + link] = source[at + link]!;
    }
    this.#connectChoices(source, places);
    this.#connectLinks();
    this.#propagate();
  }

  #placeServers(): void {
    const { samples, sizes } = this;
    const M = serversOf(sizes);
    let m = 0;
    for (const [tier, count] of sizes.serverTiers.entries()) {
      for (let i = 0; i < count; i++, m++) {
        for (let s = 0; s < samples; s++) this.serverRow[s * M + m] = this.tiers[tier]!.first + s * count + i;
      }
    }
  }

  #connectChoices(source: Float32Array, places: ArrayLike<number>): void {
    const { sizes, samples, serverRow, userRows, serverRows } = this;
    const { users: V, candidates: K, userFeatures, serverFeatures, pairFeatures } = sizes;
    const M = serversOf(sizes);
    const starts = this.choices.starts.values;
    const columns = this.choices.columns.values;
    const pairs = this.choicePairs.columns.values;
    const nodeStarts = this.pairNodes.starts.values;
    const nodes = this.pairNodes.columns.values;
    const counts = this.#counts.fill(0);
    let entry = 0;
    for (let s = 0; s < samples; s++) {
      const from = places[s]! + V * userFeatures + M * serverFeatures + V * K * pairFeatures;
      for (let v = 0; v < V; v++) {
        const row = s * V + v;
        starts[row] = entry;
        for (let k = 0; k < K; k++) {
          const m = source[from + v * K + k]!;
          const pair = row * K + k;
          nodeStarts[pair] = 2 * entry;
          if (m < 0) continue;
          const server = serverRow[s * M + m]!;
          columns[entry] = server;
          pairs[entry] = pair;
          nodes[2 * entry] = row;
          nodes[2 * entry + 1] = userRows + server;
          counts[server]!++;
          entry++;
        }
      }
    }
    starts[userRows] = entry;
    nodeStarts[userRows * K] = 2 * entry;
    const startsT = this.choicesTransposed.starts.values;
    const columnsT = this.choicesTransposed.columns.values;
    const pairsT = this.choicePairsTransposed.columns.values;
    let next = 0;
    for (let server = 0; server < serverRows; server++) {
      startsT[server] = next;
      next += counts[server]!;
      counts[server] = startsT[server]!;
    }
    startsT[serverRows] = next;
    for (let row = 0; row < userRows; row++) {
      for (let e = starts[row]!; e < starts[row + 1]!; e++) {
        const to = counts[columns[e]!]!++;
        columnsT[to] = row;
        pairsT[to] = pairs[e]!;
        this.transposedFrom[to] = e;
      }
    }
  }

  /** Means over the servers next to users, and what is next to whom. */
  #connectLinks(): void {
    const { sizes, samples, serverRow } = this;
    const V = sizes.users;
    const M = serversOf(sizes);
    const starts = this.around.starts.values;
    const columns = this.around.columns.values;
    const weights = this.around.weights!.values;
    let entry = 0;
    for (let row = 0; row < this.userRows; row++) {
      const s = Math.floor(row / V);
      starts[row] = entry;
      for (let m = 0; m < M; m++) {
        if (this.#links[row * M + m] === 1) columns[entry++] = serverRow[s * M + m]!;
      }
      const count = entry - starts[row]!;
      this.#linked[row] = count;
      for (let e = starts[row]!; e < entry; e++) weights[e] = 1 / count;
    }
    starts[this.userRows] = entry;
    const startsT = this.aroundTransposed.starts.values;
    const columnsT = this.aroundTransposed.columns.values;
    const weightsT = this.aroundTransposed.weights!.values;
    entry = 0;
    this.#eachServer((s, m, server) => {
      startsT[server] = entry;
      for (let row = s * V; row < (s + 1) * V; row++) {
        if (this.#links[row * M + m] !== 1) continue;
        columnsT[entry] = row;
        weightsT[entry++] = 1 / this.#linked[row]!;
      }
    });
    startsT[samples * M] = entry;
  }

  #propagate(): void {
    const { sizes, userRows, serverRow, rows } = this;
    const M = serversOf(sizes);
    const starts = this.propagation.starts.values;
    const columns = this.propagation.columns.values;
    const weights = this.propagation.weights!.values;
    const around = { starts: this.around.starts.values, columns: this.around.columns.values };
    const back = {
      starts: this.aroundTransposed.starts.values,
      columns: this.aroundTransposed.columns.values,
    };
    let entry = 0;
    for (let row = 0; row < userRows; row++) {
      starts[row] = entry;
      columns[entry++] = row;
      if (!this.#messages) continue;
      for (let e = around.starts[row]!; e < around.starts[row + 1]!; e++)
        columns[entry++] = userRows + around.columns[e]!;
    }
    this.#eachServer((s, m, server) => {
      starts[userRows + server] = entry;
      columns[entry++] = userRows + server;
      if (!this.#messages) return;
      for (let e = back.starts[server]!; e < back.starts[server + 1]!; e++)
        columns[entry++] = back.columns[e]!;
      for (let n = 0; n < M; n++) {
        if (n !== m && this.#serverLinks[m * M + n] === 1)
          columns[entry++] = userRows + serverRow[s * M + n]!;
      }
    });
    starts[rows] = entry;
    for (let row = 0; row < rows; row++) this.#degrees[row] = 1 / Math.sqrt(starts[row + 1]! - starts[row]!);
    for (let row = 0; row < rows; row++) {
      for (let e = starts[row]!; e < starts[row + 1]!; e++)
        weights[e] = this.#degrees[row]! * this.#degrees[columns[e]!]!;
    }
  }

  /** Visits servers in the order of their rows: sample, number within it, row. */
  #eachServer(visit: (s: number, m: number, server: number) => void): void {
    let before = 0;
    for (const [tier, count] of this.sizes.serverTiers.entries()) {
      const { first } = this.tiers[tier]!;
      for (let s = 0; s < this.samples; s++) {
        for (let i = 0; i < count; i++) visit(s, before + i, first + s * count + i);
      }
      before += count;
    }
  }

  #keep<Room extends HeapFloats | HeapIntegers>(room: Room): Room {
    this.#room.push(room);
    return room;
  }

  dispose(): void {
    for (const room of this.#room) room.dispose();
  }
}
