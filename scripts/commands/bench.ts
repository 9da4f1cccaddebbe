import { Command } from "commander";

import { type AoIContractCase, benchAoIContract, warmUp } from "../../bench/aoiContract.ts";
import { measureGatewayGas } from "../../bench/gatewayGas.ts";
import { benchLearning } from "../../bench/learning.ts";
import { benchLatency, benchThroughput } from "../../bench/relay.ts";
import type { ChainRunner } from "../../chains/networks/networkConfig.ts";
import { BaseError } from "../../protocol/BaseError.ts";
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

const relay = new Command("relay")
  .description("gas of sending and delivering, messages a second over two hops, latency in blocks")
  .option("--messages <n>", "messages of the backlog", "1000")
  .option("--transactions <n>", "plain transactions to compare with", "1000")
  .option("--chains <runner>", "what runs the chains: hardhat or anvil", "anvil")
  .option("--latency-messages <n>", "single messages whose latency is measured", "20")
  .option("--json", "print JSON")
  .action(
    async (options: {
      messages: string;
      transactions: string;
      chains: string;
      latencyMessages: string;
      json?: boolean;
    }) => {
      const terminal = new Terminal({ json: options.json === true });
      const runner = chainRunner(options.chains);
      const modules = { clock: () => performance.now(), tell: (doing: string) => terminal.status(doing) };
      terminal.status("gas …");
      const gas = await measureGatewayGas();
      const { send128, deliver3of5, batch32PerMessage } = gas;
      terminal.line(
        `gas: send 128 bytes ${send128}, deliver 3 of 5 ${deliver3of5}, in a batch of 32 ${batch32PerMessage} a message`,
      );
      const throughput = await benchThroughput(
        {
          runner,
          messages: wholeNumber(options.messages, "--messages", 1, 1_000_000),
          transactions: wholeNumber(options.transactions, "--transactions", 1, 100_000),
        },
        modules,
      );
      const { messagesPerSecond, plainTransactionsPerSecond } = throughput;
      terminal.line(
        `throughput: ${messagesPerSecond.toFixed(1)} messages a second over two hops, ${plainTransactionsPerSecond.toFixed(1)} plain transactions a second on one chain`,
      );
      const latency = await benchLatency(
        {
          runner,
          messages: wholeNumber(options.latencyMessages, "--latency-messages", 1, 10_000),
          blockSeconds: 1,
          confirmations: 1,
        },
        modules,
      );
      const { policyBlocks, beyondPolicy } = latency;
      terminal.line(
        `latency a hop: ${beyondPolicy.median} blocks beyond the finality policy of ${policyBlocks} (at most ${beyondPolicy.most})`,
      );
      terminal.result({
        gas: { send128, deliver3of5, batch32PerMessage },
        throughput,
        blocksPerHop: beyondPolicy.median,
        latency,
      });
    },
  );

const learning = new Command("learning")
  .description("training against PyTorch on the CPU: images a CPU-second, one thread each")
  .option("--rounds <n>", "measurements of each, in turn", "7")
  .option("--json", "print JSON")
  .action(async (options: { rounds: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const rounds = wholeNumber(options.rounds, "--rounds", 1, 1000);
    const result = await benchLearning({ rounds }, { tell: (doing) => terminal.status(doing) });
    terminal.line(`PyTorch: ${result.pytorch}`);
    terminal.line(terminal.colours.dim("engine   network      images/s   GFLOP/s (peak)   ratio to PyTorch"));
    for (const { engine, network, imagesPerSecond, gflops, peakGflops, ratio } of result.cases) {
      const peak = peakGflops === undefined ? "" : `(${peakGflops.toFixed(0)})`;
      terminal.line(
        `${engine.padEnd(8)} ${network.padEnd(9)} ${imagesPerSecond.toFixed(1).padStart(11)} ${gflops.toFixed(1).padStart(9)} ${peak.padEnd(8)} ${(ratio?.toFixed(2) ?? "–").padStart(16)}`,
      );
    }
    terminal.result(result);
  });

function chainRunner(name: string): ChainRunner {
  if (name === "hardhat" || name === "anvil") return name;
  throw new BaseError("USAGE", `--chains takes hardhat or anvil, not ${name}.`);
}

/** `freshet bench`. */
export const benchCommand = new Command("bench")
  .description("measure against named peers")
  .addCommand(aoiContract)
  .addCommand(learning)
  .addCommand(relay);
