import { Command, Option } from "commander";

import { benchFlood, benchLooks } from "../../../bench/strangers.ts";
import type { ChainRunner } from "../../../chains/networks/networkConfig.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

/** `freshet bench strangers`. */
export const strangersCommand = new Command("strangers")
  .description(
    "what strangers' messages cost the network's own: looks at the database, and time over two hops",
  )
  .option("--undelivered <n>", "messages in the database that nobody delivers", "200000")
  .option("--strangers <n>", "messages that strangers send before those that are timed", "4000")
  .option("--messages <n>", "messages that are timed", "5")
  .addOption(
    new Option("--chains <runner>", "what runs the chains").choices(["hardhat", "anvil"]).default("anvil"),
  )
  .option("--json", "print JSON")
  .action(
    async (options: {
      undelivered: string;
      strangers: string;
      messages: string;
      chains: ChainRunner;
      json?: boolean;
    }) => {
      const terminal = new Terminal({ json: options.json === true });
      const modules = { clock: () => performance.now(), tell: (doing: string) => terminal.status(doing) };
      const undelivered = wholeNumber(options.undelivered, "--undelivered", 1, 10_000_000);
      const few = await benchLooks(3, modules);
      const many = await benchLooks(undelivered, modules);
      for (const look of ["poll", "metrics"] as const) {
        const ratio = (many[look] / few[look]).toFixed(1);
        terminal.line(
          `${look}: ${many[look].toFixed(2)} ms with ${undelivered} undelivered messages, ${few[look].toFixed(2)} ms with 3, ratio ${ratio}`,
        );
      }
      const strangers = wholeNumber(options.strangers, "--strangers", 1, 1_000_000);
      const messages = wholeNumber(options.messages, "--messages", 1, 1000);
      const hops = await benchFlood({ runner: options.chains, strangers, messages }, modules);
      const ratio = (hops.amongStrangers / hops.alone).toFixed(1);
      terminal.line(
        `two hops: ${hops.amongStrangers.toFixed(0)} ms behind ${strangers} messages of strangers, ${hops.alone.toFixed(0)} ms without, ratio ${ratio}`,
      );
      terminal.result({ undelivered, looks: { few, many }, strangers, hops });
    },
  );
