import type { StatedMarket } from "./statedMarket.ts";

/** Columns of a market's statement as a table for machines. */
const COLUMNS = [
  ...["party", "roles", "deal", "kind", "state", "locked", "due", "collected"],
  ...["gained", "possible", "text", "evidence"],
] as const;

/**
 * A market's statement as rows, the header first: a row for each thing that a party put money into or got some of.
 * Amounts are wei; `evidence` has a place a word: chain, block and transaction, with colons between.
 */
export function statedMarketRows({ parties }: StatedMarket): string[][] {
  const rows = parties.flatMap(({ party, roles, entries }) =>
    entries.map(({ deal, kind, state, locked, due, collected, gained, possible, text, evidence }) => [
      ...[party, roles.join(" and "), deal ?? "", kind, state, locked, due ?? "", collected],
      ...[gained ?? "", possible ?? "", text],
      evidence.map(({ chain, block, transaction }) => `${chain}:${block}:${transaction}`).join(" "),
    ]),
  );
  return [[...COLUMNS], ...rows];
}
