import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

import { recordedResults } from "../../../../experiments/export/recordedResults.ts";
import { resultsExport } from "../../../../experiments/export/resultsExport.ts";
import type { CellTypes } from "../../../../reports/exports/DataTable.ts";
import type { Exported } from "../../../../reports/exports/Exported.ts";
import { runFolders, writeExport } from "../../../../scripts/writeExport.ts";
import { taskExport } from "../../../../tasks/export/taskExport.ts";
import { exportedStory, STORY_NAMES } from "../../tasks/export/exportedStory.ts";

const run = promisify(execFile);

/** What is installed for this test, and nowhere but in its own folder. */
const PACKAGES = ["tensorboard==2.21.0", "pyarrow==26.0.1"];

/** How pyarrow names the types of columns. */
const TYPES: Readonly<Record<keyof CellTypes, string>> = {
  text: "string",
  whole: "int64",
  real: "double",
  "yes-no": "bool",
  time: "timestamp[ms, tz=UTC]",
  wei: "decimal128(38, 0)",
};

/** What the program in Python found. */
interface Found {
  versions: string;
  tables: Record<string, { types: Record<string, string>; rows: Record<string, unknown>[] }>;
  runs: Record<
    string,
    {
      scalars: Record<string, [step: number, value: number, wallTime: number][]>;
      texts: Record<string, string>;
    }
  >;
}

describe("exports in other programs", () => {
  let folder: string;
  let python: string | undefined;
  let why = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "freshet-exports-"));
    const environment = join(folder, "python");
    try {
      await run("python3", ["-m", "venv", environment]);
      const own = join(environment, "bin", "python");
      await run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES], {
        maxBuffer: 2 ** 26,
      });
      python = own;
    } catch (error) {
      why = `no Python with TensorBoard and pyarrow can be had here: ${(error as Error).message.trim().split("\n").at(-1)}`;
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const cases: Readonly<Record<string, () => Promise<Exported>>> = {
    "the results of experiments that docs/ records": async () => {
      const recorded = fileURLToPath(new URL("../../../../docs/experiments", import.meta.url));
      return resultsExport((await recordedResults(recorded)).results);
    },
    "a task": async () => taskExport([exportedStory()], (chainId) => STORY_NAMES(chainId)),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(`are read by pyarrow and TensorBoard as they were made: ${name}`, async function () {
      if (python === undefined) {
        this.test!.title += ` (skipped: ${why})`;
        return this.skip();
      }
      const exported = await make();
      const places = { parquet: join(folder, name, "parquet"), tensorboard: join(folder, name, "runs") };
      await writeExport(exported, places);
      const program = join(import.meta.dirname, "readExports.py");
      const { stdout } = await run(python, [program, places.parquet, places.tensorboard], {
        maxBuffer: 2 ** 28,
      });
      const found = JSON.parse(stdout) as Found;
      this.test!.title += ` (${found.versions})`;
      expectTables(exported, found);
      expectRuns(exported, found);
    });
  }
});

function expectTables({ tables }: Exported, found: Found): void {
  expect(Object.keys(found.tables)).to.have.members(
    tables.map(({ definition }) => `${definition.name}.parquet`),
  );
  for (const { definition, rows } of tables) {
    const read = found.tables[`${definition.name}.parquet`]!;
    const columns = Object.entries(definition.columns);
    expect(read.types, definition.name).to.deep.equal(
      Object.fromEntries(columns.map(([column, { type }]) => [column, TYPES[type]])),
    );
    // Python's JSON has whole numbers of any size; what is compared here is below 2^53, but for amounts, which are texts.
    const plain = rows.map((row) =>
      Object.fromEntries(
        columns.map(([column, { type }]) => {
          const cell = row[column] ?? null;
          if (type === "wei" && cell !== null) return [column, String(cell)];
          return [column, typeof cell === "bigint" ? Number(cell) : cell];
        }),
      ),
    );
    expect(read.rows, definition.name).to.deep.equal(plain);
  }
}

function expectRuns({ runs }: Exported, found: Found): void {
  const taken = new Set<string>();
  const expected = runs.flatMap(({ name, scalars, texts = {} }) => {
    const path = runFolders(name, taken).join("/");
    const byTag: Record<string, [number, number, number][]> = {};
    for (const { tag, step, value, wallTime } of scalars) {
      byTag[tag] ??= [];
      byTag[tag].push([step, Math.fround(value), wallTime]);
    }
    return [[path, { scalars: byTag, texts }] as const];
  });
  expect(found.runs).to.deep.equal(Object.fromEntries(expected));
}
