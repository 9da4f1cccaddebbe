import { BaseError } from "../../../protocol/BaseError.ts";
import type { Figure } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import type { FigureSettings } from "../../FigureSettings.ts";
import type { FigureMaker } from "../../MechanismCommands.ts";
import { ablationsFigure } from "./ablations.ts";
import { claimsFigure } from "./claims.ts";
import { optimumFigure } from "./optimum.ts";
import { fig2, fig3, fig4, fig5, fig6, fig7 } from "./paperFigures.ts";
import { policyTrainer } from "./policyTrainer.ts";
import { Study } from "./Study.ts";
import { GRID, GRID_HEAVIER, noTrace, type Scenario, TRACES, traceScenario } from "./scenarios.ts";
import { tracesFigure } from "./traces.ts";
import { tuneFigure } from "./tune.ts";

/** Figures of one command share what was trained and measured. */
const studies = new WeakMap<FigureSettings, Study>();

function studyOf(laboratory: FigureLaboratory, settings: FigureSettings): Study {
  let study = studies.get(settings);
  if (study === undefined) {
    study = new Study(laboratory, settings, policyTrainer());
    studies.set(settings, study);
  }
  return study;
}

/** The traces in which claims are judged and rules tuned: those of them that are there. */
async function traceScenarios(settings: FigureSettings, study: Study): Promise<Scenario[]> {
  const traces = await settings.traces();
  return TRACES.filter(({ id }) => id === "bologna" || id === "alicante").flatMap((source) => {
    try {
      return [traceScenario(source, traces)];
    } catch (error) {
      if (!(error instanceof BaseError && error.code === "DATA_MISSING")) throw error;
      study.progress(`${source.title} is skipped: ${error.shortMessage}`);
      return [];
    }
  });
}

/** One after the other: each may train. */
async function forEach<T>(all: readonly T[], make: (one: T) => Promise<Figure>): Promise<Figure[]> {
  const made: Figure[] = [];
  for (const one of all) made.push(await make(one));
  return made;
}

const withStudy =
  (make: (study: Study, settings: FigureSettings) => Promise<Figure | readonly Figure[]>): FigureMaker =>
  (laboratory, settings) =>
    make(studyOf(laboratory, settings), settings);

/** What can be computed anew of twin migration's paper, and what it leaves out, by name. */
export const TWIN_MIGRATION_FIGURES: Readonly<Record<string, FigureMaker>> = {
  fig2: withStudy(fig2),
  fig3: withStudy(fig3),
  fig4: withStudy(fig4),
  fig5: withStudy(fig5),
  fig6: withStudy(fig6),
  fig7: withStudy(fig7),
  claims: withStudy((study) => claimsFigure(study, GRID, GRID)),
  // Learned anew.
  "claims-heavier": withStudy((study) => claimsFigure(study, GRID_HEAVIER, GRID_HEAVIER)),
  // Who was trained on the grid plays.
  "claims-traces": withStudy(async (study, settings) => {
    const scenarios = await traceScenarios(settings, study);
    if (scenarios.length === 0) throw noTrace(await settings.traces());
    return forEach(scenarios, (scenario) => claimsFigure(study, scenario, GRID));
  }),
  ablations: withStudy(ablationsFigure),
  optimum: withStudy(optimumFigure),
  traces: withStudy(async (study, settings) => tracesFigure(study, await settings.traces())),
  tune: withStudy(async (study, settings) =>
    forEach([GRID, GRID_HEAVIER, ...(await traceScenarios(settings, study))], (scenario) =>
      tuneFigure(study, scenario),
    ),
  ),
};
