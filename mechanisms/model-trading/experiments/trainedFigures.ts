import type { Figure } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { fig9, fig9b, fig9c } from "./accuracyOverTime.ts";
import { resnet18Training } from "./resnet18Training.ts";
import { signDetection } from "./signDetection.ts";
import { table4, table4Draws } from "./timeToAccuracy.ts";
import { timeToPrecision } from "./timeToPrecision.ts";

/** What needs models that are trained for real, by name. */
export const TRAINED_FIGURES: Readonly<Record<string, (laboratory: FigureLaboratory) => Promise<Figure>>> = {
  fig9: (laboratory) => fig9(laboratory),
  fig9b: (laboratory) => fig9b(laboratory),
  fig9c: (laboratory) => fig9c(laboratory),
  table4: (laboratory) => table4(laboratory),
  "table4-draws": (laboratory) => table4Draws(laboratory),
  "fig10-signs": (laboratory) => signDetection(laboratory),
  "table4-signs": (laboratory) => timeToPrecision(laboratory, "map50"),
  "table4-signs-map": (laboratory) => timeToPrecision(laboratory, "map"),
  "resnet18-training": (laboratory) => resnet18Training(laboratory),
};

/** Those of them that train nothing that another figure shows, or need files that not everybody has. */
export const BY_NAME_ONLY: readonly string[] = [
  "resnet18-training",
  "fig10-signs",
  "table4-signs",
  "table4-signs-map",
];
