import { dirname, join } from "node:path";

import { Command } from "commander";

import { readNetworkFile } from "../../chains/networkFile.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { Narrator } from "../Narrator.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

/** `freshet relay start`. */
export const relayCommand = new Command("relay").description("run the relay on its own").addCommand(
  new Command("start")
    .description(
      "run validators, relayer and keeper of a network, until Ctrl-C; can be killed and started again",
    )
    .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
    .option("--validators <count>", "validators to run", "3")
    .action(async (options: { network: string; validators: string }) => {
      const terminal = new Terminal({ json: false });
      const stopped = untilStopped();
      const narrator = new Narrator(terminal, { clock: Date.now });
      const relay = await RelayService.start(
        await readNetworkFile(options.network),
        {
          directory: join(dirname(options.network), "relay"),
          validators: wholeNumber(options.validators, "--validators", 1, 32),
        },
        { listener: narrator.onRelay, clock: Date.now },
      );
      terminal.done("the relay is running; Ctrl-C stops it");
      await stopped;
      await relay.stop();
    }),
);
