import type { MarketChain } from "./MarketAudit.ts";
import type { MarketEntry, MarketParty, MarketStatement } from "./MarketStatement.ts";

/** What became of money: plain data, as JSON has it. Amounts are wei, decimal. `locked` − `collected` = `owed` + `open`. */
export interface StatedSums {
  /** What was paid in. */
  locked: string;
  /** What was collected of it. */
  collected: string;
  /** What is due and was not collected yet. */
  owed: string;
  /** What was paid in and is not decided about. */
  open: string;
}

/** What became of everybody's money in a market. */
export interface StatedMarket {
  market: string;
  rules: readonly string[];
  parties: readonly StatedParty[];
  /** Over all parties: what the escrow holds for the market is `owed` + `open`. */
  sums: StatedSums;
}

/** What became of a party's money. */
export interface StatedParty {
  party: string;
  roles: readonly string[];
  entries: readonly StatedEntry[];
  /** What it gained by all that is decided; below zero where it paid. */
  gained: string;
  /** What it would have gained by that had all gone well, where there was something to gain. */
  possible: string;
  /**
   * What it locked and collected. What others' money became its own is in `collected` and `owed` alone: only over all
   * parties do these add up.
   */
  sums: StatedSums;
}

/** What a party put into something, and what came of it. */
export interface StatedEntry {
  kind: string;
  /** Number of the deal; null where it is about none. */
  deal: string | null;
  state: "open" | "owed" | "collected";
  locked: string;
  /** Null while it is not decided. */
  due: string | null;
  collected: string;
  /** `due` − `locked`; null while it is not decided. */
  gained: string | null;
  /** What it gains where all goes well; null where there is nothing to gain. */
  possible: string | null;
  text: string;
  evidence: readonly StatedEvidence[];
}

/** Where on the main chain something happened. */
export interface StatedEvidence {
  chain: string;
  chainId: string;
  /** Of its block, Unix seconds. */
  time: number;
  block: number;
  transaction: string;
}

/** What became of everybody's money in a market, to the wei. */
export async function statedMarket(
  { name, statement }: { readonly name: string; readonly statement: MarketStatement },
  main: MarketChain,
): Promise<StatedMarket> {
  const parties = await statement.parties(main);
  return {
    market: name,
    rules: statement.rules,
    parties: parties.map((party) => statedParty(party, main.name)),
    sums: sumsOf(parties.flatMap(({ entries }) => entries)),
  };
}

function statedParty({ party, roles, entries }: MarketParty, chain: string): StatedParty {
  const decided = entries.filter(({ due }) => due !== undefined);
  const sum = (of: (entry: MarketEntry) => bigint) => decided.reduce((all, entry) => all + of(entry), 0n);
  return {
    ...{ party, roles },
    entries: entries.map((entry) => statedEntry(entry, chain)),
    gained: String(sum(({ due, locked }) => due! - locked)),
    possible: String(sum(({ possible = 0n }) => possible)),
    sums: sumsOf(entries),
  };
}

function statedEntry(
  { kind, deal, locked, due, collected, possible, text, evidence }: MarketEntry,
  chain: string,
): StatedEntry {
  const state = due === undefined ? "open" : collected < due ? "owed" : "collected";
  return {
    ...{ kind, state, text },
    deal: deal === undefined ? null : String(deal),
    locked: String(locked),
    due: due === undefined ? null : String(due),
    collected: String(collected),
    gained: due === undefined ? null : String(due - locked),
    possible: possible === undefined ? null : String(possible),
    evidence: evidence.map(({ chainId, ...place }) => ({ chain, chainId: String(chainId), ...place })),
  };
}

function sumsOf(entries: readonly MarketEntry[]): StatedSums {
  const sum = (of: (entry: MarketEntry) => bigint) =>
    String(entries.reduce((all, entry) => all + of(entry), 0n));
  return {
    locked: sum(({ locked }) => locked),
    collected: sum(({ collected }) => collected),
    owed: sum(({ due, collected }) => (due ?? 0n) - collected),
    open: sum(({ due, locked }) => (due === undefined ? locked : 0n)),
  };
}
