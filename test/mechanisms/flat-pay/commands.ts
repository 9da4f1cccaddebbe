import { z } from "zod";

import type { MechanismCommands } from "../../../mechanisms/MechanismCommands.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import { decodeTerms, decodeWork } from "./encodings.ts";

const solvedSchema = z.strictObject({
  payPerRound: z.string().regex(/^\d+$/),
  rounds: z.int(),
  workers: z.int(),
});

/** What flat pay brings to the command line. */
export const commands: MechanismCommands = {
  solver: {
    command: "flat-pay",
    about: "what flat pay costs",
    solves: "tell the worst case of payPerRound, rounds and workers",
    solve(spec) {
      const parsed = solvedSchema.safeParse(spec);
      if (!parsed.success)
        return { ok: false, error: "SPEC_INVALID", message: z.prettifyError(parsed.error) };
      const { payPerRound, rounds, workers } = parsed.data;
      return { ok: true, result: { worstCase: String(BigInt(payPerRound) * BigInt(rounds * workers)) } };
    },
    lines: (answer) => [answer.ok ? `worst case ${answer.result.worstCase} wei` : answer.message],
  },

  report({ taskId, status, unsettled, mechanismTerms, escrow, workers }) {
    const { payPerRound, lanes } = decodeTerms(mechanismTerms);
    const told = workers.map(({ worker, chain, work, refreshes, claim }) => ({
      worker,
      chain,
      ...decodeWork(work),
      refreshes,
      acceptedRounds: claim?.acceptedRounds ?? null,
      paid: claim === undefined ? null : String(claim.paid),
    }));
    const result = {
      taskId,
      status,
      unsettled,
      payPerRound: String(payPerRound),
      lanes,
      paid: String(escrow.paid),
      workers: told,
    };
    const headers = ["worker", "chain", "lane", "reveals", "refreshes", "rounds", "paid"];
    const rows = told.map(({ worker, chain, lane, reveals, refreshes, acceptedRounds, paid }) => [
      shortAddress(worker),
      chain,
      ...[lane, reveals, refreshes, acceptedRounds ?? "–"].map(String),
      paid === null ? "unclaimed" : formatTokens(BigInt(paid)),
    ]);
    const title = `Task ${taskId}: ${status}, ${formatTokens(payPerRound)} a round`;
    const parts = [{ columns: headers.map((header) => ({ header })), rows }];
    return { result, report: { title, warnings: [], parts } };
  },

  figures: {},
};
