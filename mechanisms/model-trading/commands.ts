import type { MechanismCommands } from "../MechanismCommands.ts";
import { MODEL_TRADING_FIGURES } from "./experiments/figures.ts";
import { LEARNER_FIGURES } from "./experiments/learnerFigures.ts";
import { BY_NAME_ONLY, TRAINED_FIGURES } from "./experiments/trainedFigures.ts";
import { solveSpec } from "./mathematics/solveSpec.ts";
import { settlementReport } from "./settlement/settlementReport.ts";
import { tellSettlement } from "./settlement/tellSettlement.ts";
import { tradingTable } from "./tradingTable.ts";

/** What model trading brings to the command line. */
export const commands: MechanismCommands = {
  solver: {
    command: "trading",
    about: "model trading's mathematics on plain data",
    solves: "best responses, equilibria, schemes, … (docs/mechanisms/model-trading.md)",
    solve: solveSpec,
    lines: tradingTable,
  },
  report(settled) {
    const result = settlementReport(settled);
    return { result: { ...result }, report: tellSettlement(result) };
  },
  figures: { ...MODEL_TRADING_FIGURES, ...LEARNER_FIGURES, ...TRAINED_FIGURES },
  byNameOnly: BY_NAME_ONLY,
};
