import { exactTokens } from "../reports/formatTokens.ts";
import type { Report } from "../reports/Report.ts";
import { shortAddress } from "../reports/shortAddress.ts";
import type { Table } from "../reports/Table.ts";
import type { StatedMarket, StatedParty } from "./statedMarket.ts";

/** A market's statement for people: for each party what it put in, what it got, and why it was not more. */
export function tellStatedMarket(
  { market, parties, rules, sums }: StatedMarket,
  { full = false }: { full?: boolean } = {},
): Report {
  const tokens = (amount: string) => exactTokens(BigInt(amount));
  return {
    title: `The market of ${market}: what its parties paid and what they earned`,
    warnings: [],
    parts:
      parties.length === 0
        ? [["Nobody took part."]]
        : [
            ...parties.flatMap((party) => [[headOf(party, full)], tableOf(party, full)]),
            [
              `${tokens(sums.locked)} tokens were paid in and ${tokens(sums.collected)} collected; ${tokens(sums.owed)} can be collected, ${tokens(sums.open)} are not decided about.`,
              ...rules,
            ],
          ],
  };
}

function headOf({ party, roles, gained, possible }: StatedParty, full: boolean): string {
  const who = `${full ? party : shortAddress(party)}, ${roles.length === 0 ? "who has no part" : roles.join(" and ")}`;
  const most = BigInt(possible) > 0n ? `, of ${exactTokens(BigInt(possible))} had all gone well` : "";
  const amount = BigInt(gained);
  return amount < 0n
    ? `${who}: paid ${exactTokens(-amount)}`
    : `${who}: earned ${exactTokens(amount)}${most}`;
}

function tableOf({ entries }: StatedParty, full: boolean): Table {
  const tokens = (amount: string | null, otherwise: string) =>
    amount === null ? otherwise : exactTokens(BigInt(amount));
  return {
    columns: [
      { header: "deal", align: "right" },
      { header: "as" },
      { header: "locked", align: "right" },
      { header: "gets", align: "right" },
      { header: "gained", align: "right" },
      { header: "what happened" },
      { header: "block", align: "right" },
      { header: "transaction" },
    ],
    rows: entries.map(({ deal, kind, state, locked, due, gained, text, evidence }) => {
      const last = evidence.at(-1);
      return [
        ...[deal ?? "", kind, tokens(locked, ""), tokens(due, "–"), tokens(gained, "–")],
        state === "owed" ? `${text} (not collected yet)` : text,
        last === undefined ? "" : String(last.block),
        last === undefined ? "" : full ? last.transaction : `${last.transaction.slice(0, 10)}…`,
      ];
    }),
  };
}
