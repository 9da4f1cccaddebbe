import type { TableDefinition } from "../../reports/exports/DataTable.ts";

const RESULT = { type: "text", about: "the result: the path of its file without `.json`" } as const;

export const RESULT_TABLE = {
  name: "results",
  about: "a figure, or an experiment on learning",
  columns: {
    result: RESULT,
    title: { type: "text", about: "for people" },
    command: { type: "text", about: "what makes it again" },
    setting: { type: "text", about: "what its numbers follow from, in words" },
    verdict: { type: "text", about: "how a reproduction ended; empty of an experiment on learning" },
    why: { type: "text", about: "why that is the verdict" },
    parameters: { type: "text", about: "every parameter, JSON; empty of an experiment on learning" },
  },
} as const satisfies TableDefinition;

export const POINT_TABLE = {
  name: "points",
  about: "a point of a line of a figure or chart",
  columns: {
    result: RESULT,
    chart: { type: "text", about: "which of a result's charts; empty where it is one figure" },
    series: { type: "text", about: "the line" },
    point: { type: "whole", about: "place in the line, from 0" },
    x: { type: "real", about: "its x" },
    x_name: { type: "text", about: "what x is called, of bars that have names" },
    x_label: { type: "text", about: "what x is, with its unit" },
    y: { type: "real", about: "its y; empty where the line has none there" },
    y_label: { type: "text", about: "what y is, with its unit" },
    spread: { type: "real", about: "half the width of the band around it" },
    low: { type: "real", about: "lower end of its distribution" },
    high: { type: "real", about: "upper end of its distribution" },
  },
} as const satisfies TableDefinition;

export const RUN_TABLE = {
  name: "runs",
  about: "a figure of a run of an experiment on learning",
  columns: {
    result: RESULT,
    setting: { type: "text", about: "what tells its row apart, JSON by key" },
    seed: { type: "whole", about: "seed of the run; empty where none matters" },
    metric: { type: "text", about: "what was measured" },
    value: { type: "real", about: "in its own unit" },
    label: { type: "text", about: "for people, with the unit that they are shown" },
    factor: { type: "real", about: "what a value is multiplied by to be in that unit" },
  },
} as const satisfies TableDefinition;

export const CLAIM_TABLE = {
  name: "claims",
  about: "a statement that was put to the test",
  columns: {
    result: RESULT,
    claim: { type: "text", about: "the statement" },
    about: {
      type: "text",
      about: "figure, where the verdict needs it; text, where it is a remark; learning",
    },
    holds: { type: "text", about: "yes, no, or undecided where seeds differ" },
    measured: { type: "text", about: "what was measured" },
  },
} as const satisfies TableDefinition;

export const CELL_TABLE = {
  name: "cells",
  about: "a cell of a table that a figure is compared by, as people read it",
  columns: {
    result: RESULT,
    table: { type: "whole", about: "which of its tables, from 0" },
    row: { type: "whole", about: "from 0" },
    column: { type: "whole", about: "from 0" },
    header: { type: "text", about: "the column's" },
    text: { type: "text", about: "what is in it" },
  },
} as const satisfies TableDefinition;

/** The tables of `experiment export`, in the order of the documentation. */
export const RESULT_TABLES: readonly TableDefinition[] = [
  RESULT_TABLE,
  POINT_TABLE,
  RUN_TABLE,
  CLAIM_TABLE,
  CELL_TABLE,
];
