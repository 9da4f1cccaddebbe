import { Command } from "commander";
import { labRun } from "./lab/run.ts";

/** `freshet lab`. */
export const labCommand = new Command("lab")
  .description("compare settings and mechanisms in the laboratory, without chains (docs/sweeps.md)")
  .addCommand(labRun);
