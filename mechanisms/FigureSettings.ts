/** Files that a figure took long to compute, for the next one and for a run that goes on. */
export interface KeptFiles {
  /** Undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, content: string | Uint8Array): Promise<void>;
}

/** What a user may set of figures. */
export interface FigureSettings {
  /** Independent trainings of each learner; the figure's own number if undefined. */
  readonly seeds?: number;
  /** Episodes of each training at most; the learners' own numbers if undefined. */
  readonly episodes?: number;
  /** Train nothing: show what was trained, with as many seeds as there are. */
  readonly onlyTrained?: boolean;
  /** Folder with recorded traces, a folder each. */
  traces(): Promise<string>;
  readonly kept: KeptFiles;
}

/** Options that not all papers' figures heed. */
export type FigureOption = "seeds" | "episodes" | "trained" | "traces" | "kept";
