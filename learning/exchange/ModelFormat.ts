import type { ModelParameters } from "../models/parameterShapes.ts";
import type { ModelCard } from "./modelCard.ts";

/** A trained model with what has to be known to use it. */
export interface ExportedModel {
  readonly card: ModelCard;
  readonly parameters: ModelParameters;
}

/** A form in which other programs read models: one file, and one line in `modelFormats.ts`. */
export interface ModelFormat {
  /** Its name, for people. */
  readonly title: string;
  /** What the name of its one file ends with; undefined for a folder of files. */
  readonly extension: string | undefined;
  /** Its files by name; one file, whose name is the caller's, is called "". */
  write(model: ExportedModel): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Reads what `write` wrote, and nothing else.
   *
   * @throws BaseError `MODEL_FILE` and others that begin so, for a file that is none of Freshet's.
   */
  read(file: (name: string) => Promise<Uint8Array>): Promise<ExportedModel>;
}
