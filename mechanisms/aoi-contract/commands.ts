import type { MechanismCommands } from "../MechanismCommands.ts";
import { contractTable } from "./contractTable.ts";
import { AOI_CONTRACT_FIGURES } from "./experiments/figures.ts";
import { solveSpec } from "./mathematics/solveSpec.ts";
import { withLongNames } from "./mathematics/spec/resultNames.ts";
import { settlementReport } from "./settlement/settlementReport.ts";
import { tellSettlement } from "./settlement/tellSettlement.ts";

/** What the AoI contract brings to the command line. */
export const commands: MechanismCommands = {
  solver: {
    command: "contract",
    about: "the AoI contract's mathematics on plain data",
    solves: "solve a contract, verify a menu, settle an epoch, … (docs/contract-solve.md)",
    solve: solveSpec,
    lines: contractTable,
    withLongNames: (result) => withLongNames(result) as Record<string, unknown>,
  },
  report(settled) {
    const result = settlementReport(settled);
    return { result: { ...result }, report: tellSettlement(result) };
  },
  figures: AOI_CONTRACT_FIGURES,
};
