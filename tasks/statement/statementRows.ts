import type { StatementPlace, TaskStatement } from "./Statement.ts";

/** Columns of a statement as a table for machines. */
const COLUMNS = [
  "task",
  "worker",
  "chain",
  "standing",
  "kind",
  "state",
  "round",
  "seconds",
  "wei",
  "left",
  "text",
  "evidence",
] as const;

/**
 * A statement as rows, the header first: of each worker what it could have earned, a row for each thing that is taken off
 * (with a minus), and what is left (`earned`). `wei` of the first and of those in between add up to that of the last;
 * `left` is the sum so far. `evidence` has a place a word: chain, block and transaction, with colons between.
 */
export function statementRows({ taskId, workers }: TaskStatement): (string | number)[][] {
  const rows = workers.flatMap((worker) => {
    const { entries, possible, earned, standing } = worker;
    const who = [taskId, worker.worker, worker.chain, standing];
    let left = BigInt(possible);
    return [
      [
        ...who,
        "possible",
        "",
        "",
        "",
        possible,
        possible,
        "it could have earned",
        placesOf([worker.enrolled]),
      ],
      ...entries.map(({ kind, state, round, seconds, amount, text, evidence }) => {
        left -= BigInt(amount);
        const about = [kind, state, round ?? "", seconds ?? ""];
        return [...who, ...about, String(-BigInt(amount)), String(left), text, placesOf(evidence)];
      }),
      [
        ...who,
        "earned",
        "",
        "",
        "",
        earned,
        earned,
        "what is left",
        placesOf([worker.recorded, worker.claimed]),
      ],
    ];
  });
  return [[...COLUMNS], ...rows];
}

function placesOf(places: readonly (StatementPlace | null)[]): string {
  return places
    .flatMap((place) => (place === null ? [] : [`${place.chain}:${place.block}:${place.transaction}`]))
    .join(" ");
}
