import { Command } from "commander";

import { type AoIContractCase, benchAoIContract, warmUp } from "../../bench/aoiContract.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

const MOST_TYPES = 10_000_000;

const aoiContract = new Command("aoi-contract")
  .description("the exact contract solver against the paper's Algorithm 1 (phi = 1e-5)")
  .option("--types <n...>", "numbers of types", ["10", "1000", "100000"])
  .option("--no-scan", "leave Algorithm 1 out: it takes some 0.2 ms a type")
  .option("--json", "print JSON")
  .action((options: { types: string[]; scan: boolean; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { dim } = terminal.colours;
    const numbers = options.types.map((text) => wholeNumber(text, "--types", 1, MOST_TYPES));
    const clock = () => performance.now() / 1000;
    terminal.line(dim("     types         exact   Algorithm 1     ratio    U_s exact    U_s Algorithm 1"));
    terminal.status("warming up …");
    warmUp();
    const cases: AoIContractCase[] = [];
    for (const types of numbers) {
      terminal.status(`${types} types …`);
      const result = benchAoIContract(types, { scan: options.scan, clock });
      cases.push(result);
      terminal.line(row(result));
    }
    terminal.result({ cases });
  });

function row({ types, exactSeconds, exactUtility, ...scan }: AoIContractCase): string {
  const cells = [
    String(types).padStart(10),
    time(exactSeconds).padStart(13),
    (scan.scanSeconds === undefined ? "–" : time(scan.scanSeconds)).padStart(13),
    (scan.ratio === undefined ? "–" : String(Math.round(scan.ratio))).padStart(9),
    exactUtility.toFixed(4).padStart(14),
    (scan.scanUtility === undefined ? "–" : scan.scanUtility.toFixed(4)).padStart(18),
  ];
  return cells.join(" ");
}

function time(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}

/** `freshet bench`. */
export const benchCommand = new Command("bench")
  .description("measure against named peers")
  .addCommand(aoiContract);
