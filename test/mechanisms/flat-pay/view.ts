import type { MechanismView } from "../../../mechanisms/MechanismView.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { decodeLane, decodeTerms } from "./encodings.ts";

/** What flat pay adds to the view of a task. */
export const view: MechanismView = {
  offer(mechanismTerms) {
    const { payPerRound, lanes } = decodeTerms(mechanismTerms);
    return `${formatTokens(payPerRound)} a round in ${lanes} lanes`;
  },

  facts({ choice, revealedRounds }) {
    return { lane: decodeLane(choice), reveals: revealedRounds.length };
  },

  columns: [
    { header: "lane", align: "right", text: ({ lane }) => String(lane) },
    { header: "reveals", align: "right", text: ({ reveals }) => String(reveals) },
  ],

  standing: { word: "revealing", holds: ({ revealedRounds }) => revealedRounds.length > 0 },

  due({ acceptedRounds }, { mechanismTerms }) {
    if (mechanismTerms === undefined) return 0n;
    return decodeTerms(mechanismTerms).payPerRound * BigInt(acceptedRounds);
  },
};
