import { Command } from "commander";

import { MESSAGE_ID, oneMeant } from "../../../protocol/abbreviated.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { Terminal } from "../../Terminal.ts";
import { openStore } from "./openStore.ts";
import type { RelayOptions } from "./RelayOptions.ts";

/** `freshet relay retry`. */
export const retryCommand = new Command("retry")
  .description("make messages due at once, also while the relayer runs")
  .argument("[id]", "the message; all that are open when left out")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--relayer <index>", "whose database", "0")
  .option("--json", "print JSON")
  .action((id: string | undefined, options: RelayOptions & { relayer: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const store = openStore(options);
    try {
      const whole = id === undefined ? undefined : oneMeant(id, MESSAGE_ID, store.messages.allIds());
      const message = whole === undefined ? undefined : store.messages.byId(whole);
      if (id !== undefined && message === undefined) {
        throw new BaseError("MESSAGE_NOT_FOUND", `This relayer knows no message ${id}.`, {
          next: "See ./freshet relay status --all for those that it knows.",
        });
      }
      const due = store.messages.retry(message?.origin, message?.nonce);
      terminal.done(due === 1 ? "1 message is due now" : `${due} messages are due now`);
      terminal.result({ due });
    } finally {
      store.close();
    }
  });
