import { Command } from "commander";

import { measureGatewayGas } from "../../../bench/gatewayGas.ts";
import { benchLatency, benchThroughput } from "../../../bench/relay.ts";
import type { ChainEngine } from "../../../chains/networks/networkConfig.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

/** `freshet bench relay`. */
export const relayCommand = new Command("relay")
  .description("gas of sending and delivering, messages a second over two hops, latency in blocks")
  .option("--messages <n>", "messages of the backlog", "1000")
  .option("--transactions <n>", "plain transactions to compare with", "1000")
  .option("--chains <engine>", "what runs the chains: hardhat or anvil", "anvil")
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
      const engine = chainEngine(options.chains);
      const modules = { clock: () => performance.now(), tell: (doing: string) => terminal.status(doing) };
      terminal.status("gas …");
      const gas = await measureGatewayGas();
      const { send128, deliver3of5, batch32PerMessage } = gas;
      terminal.line(
        `gas: send 128 bytes ${send128}, deliver 3 of 5 ${deliver3of5}, in a batch of 32 ${batch32PerMessage} a message`,
      );
      const throughput = await benchThroughput(
        {
          engine,
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
          engine,
          messages: wholeNumber(options.latencyMessages, "--latency-messages", 1, 10_000),
          blockSeconds: 1,
          confirmations: 1,
        },
        modules,
      );
      const { policyBlocks, beyondPolicy } = latency;
      terminal.line(
        `latency a hop: ${beyondPolicy.median} blocks beyond the finality rule of ${policyBlocks} (at most ${beyondPolicy.most})`,
      );
      terminal.result({
        gas: { send128, deliver3of5, batch32PerMessage },
        throughput,
        blocksPerHop: beyondPolicy.median,
        latency,
      });
    },
  );

function chainEngine(name: string): ChainEngine {
  if (name === "hardhat" || name === "anvil") return name;
  throw new BaseError("USAGE", `--chains takes hardhat or anvil, not ${name}.`);
}
