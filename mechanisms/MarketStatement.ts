import type { MarketChain } from "./MarketAudit.ts";
import type { StatedPlace } from "./MechanismStatement.ts";

/** What a party put into something, and what came of it; amounts are wei. */
export interface MarketEntry {
  /** What it was in it, for machines: words of the market's, with hyphens. */
  readonly kind: string;
  /** Number of the deal that it is about; undefined where it is about none. */
  readonly deal?: bigint;
  /** What the party paid in. */
  readonly locked: bigint;
  /** What it gets of it; undefined while that is not decided. */
  readonly due: bigint | undefined;
  /** What it collected of that. */
  readonly collected: bigint;
  /** What it gains of it where all goes well; undefined where there is nothing to gain. */
  readonly possible?: bigint;
  /** What happened, and why it is not more, as a sentence without its end. */
  readonly text: string;
  readonly evidence: readonly StatedPlace[];
}

/** What became of a party's money in a market. */
export interface MarketParty {
  readonly party: string;
  /** What it is there, in words. */
  readonly roles: readonly string[];
  /** In the order of the chain. */
  readonly entries: readonly MarketEntry[];
}

/**
 * How a market explains money. Over all parties, what was paid in less what was collected is what the escrow holds for the
 * market, to the wei: nothing of it is anybody's that is not told.
 */
export interface MarketStatement {
  /** How entries are to be read: sentences for people. */
  readonly rules: readonly string[];
  /**
   * What became of every party's money, in the order in which they came.
   *
   * @param main - The main chain, with the events of the market's contract and of the escrow about its accounts.
   */
  parties(main: MarketChain): Promise<readonly MarketParty[]>;
}
