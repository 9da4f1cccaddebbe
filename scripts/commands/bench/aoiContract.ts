import { Command } from "commander";

import { type AoIContractCase, benchAoIContract, warmUp } from "../../../bench/aoi-contract/solver.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

const MOST_TYPES = 10_000_000;

/** `freshet bench aoi-contract`. */
export const aoiContractCommand = new Command("aoi-contract")
  .description("the exact contract solver against the paper's Algorithm 1 (phi = 1e-5)")
  .option("--types <n...>", "numbers of types", ["10", "1000", "100000"])
  .option("--no-scan", "leave Algorithm 1 out: it takes some 0.2 ms a type")
  .option("--json", "print JSON")
  .action((options: { types: string[]; scan: boolean; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const numbers = options.types.map((text) => wholeNumber(text, "--types", 1, MOST_TYPES));
    const clock = () => performance.now() / 1000;
    // Nothing else runs meanwhile: where the changing line is not seen, no clock would tell it later.
    const tell = (text: string) => (terminal.isLive ? terminal.status(text) : terminal.line(`… ${text}`));
    tell("warming up …");
    warmUp();
    const cases = numbers.map((types) => {
      tell(`${types} types …`);
      return benchAoIContract(types, { scan: options.scan, clock });
    });
    terminal.status("");
    const headers = ["types", "exact", "Algorithm 1", "ratio", "U_s exact", "U_s Algorithm 1"];
    const columns = headers.map((header) => ({ header, align: "right" as const }));
    printTable(terminal, { columns, rows: cases.map(cells) });
    terminal.result({ cases });
  });

function cells({ types, exactSeconds, exactUtility, ...scan }: AoIContractCase): string[] {
  return [
    String(types),
    time(exactSeconds),
    scan.scanSeconds === undefined ? "–" : time(scan.scanSeconds),
    scan.ratio === undefined ? "–" : String(Math.round(scan.ratio)),
    exactUtility.toFixed(4),
    scan.scanUtility === undefined ? "–" : scan.scanUtility.toFixed(4),
  ];
}

function time(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}
