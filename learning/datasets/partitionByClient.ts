/** The samples of one natural client. */
export interface NaturalPart {
  /** As the samples name it. */
  readonly client: number;
  /** Its rows, in the order of the data: as they were collected. */
  readonly rows: Uint32Array;
}

/**
 * Deals each natural client's samples to a part of its own, as FEMNIST deals a writer's (Caldas et al. 2018): as many
 * parts as there are clients, of very unequal sizes. Nothing is drawn. Parts are disjoint and together are all samples;
 * they share one array, so that a part takes no memory of its own but for its view.
 *
 * @param clients - Shape [n]: whose each sample is.
 * @returns A part a client, none empty, by the clients' numbers.
 *
 * @example
 * partitionByClient(Uint32Array.of(7, 3, 7)); // [{ client: 3, rows: [1] }, { client: 7, rows: [0, 2] }]
 */
export function partitionByClient(clients: Uint32Array): NaturalPart[] {
  const sizes = new Map<number, number>();
  for (const client of clients) sizes.set(client, (sizes.get(client) ?? 0) + 1);
  const rows = new Uint32Array(clients.length);
  const parts: NaturalPart[] = [];
  /** Where a client's next row goes. */
  const next = new Map<number, number>();
  let begin = 0;
  for (const client of [...sizes.keys()].sort((a, b) => a - b)) {
    const end = begin + sizes.get(client)!;
    parts.push({ client, rows: rows.subarray(begin, end) });
    next.set(client, begin);
    begin = end;
  }
  for (const [row, client] of clients.entries()) {
    const at = next.get(client)!;
    rows[at] = row;
    next.set(client, at + 1);
  }
  return parts;
}
