import { Command } from "commander";

import { systemClock } from "../../../protocol/Clock.ts";
import { wholeMessageId } from "../../../relay/proofs/searchMessage.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../../ownNode.ts";
import { Terminal } from "../../Terminal.ts";
import { announceAndProve } from "./announceAndProve.ts";
import { AS_OPTION, developmentAccount } from "./developmentAccount.ts";
import { ID_ARGUMENT, type RelayOptions } from "./RelayOptions.ts";
import { relayView } from "./relayView.ts";

/** `freshet relay self-relay`. */
export const selfRelayCommand = new Command("self-relay")
  .description(
    "deliver a message yourself: prove it, announced again where it has to be, and send the transaction",
  )
  .argument("<id>", ID_ARGUMENT)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--as <role[:index]>", AS_OPTION, "publisher")
  .option("--json", "print JSON")
  .action(async (written: string, options: RelayOptions & { as: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const view = relayView((await ownNode(options, [])).network);
    try {
      terminal.status("reading the chains …");
      const id = await wholeMessageId(written, view.chains);
      const proven = await announceAndProve(id, view.chains, {
        sources: view.sources,
        clock: systemClock,
        send: async ({ origin, gateway, data }) => {
          const { client, place } = view.chain(String(origin));
          const account = await developmentAccount(options.as, client);
          const { hash } = await account.call("Gateway.announce", gateway, data);
          terminal.done(`its receipt is too large to prove it by: ${place.name} announced it again: ${hash}`);
          terminal.status("waiting for validators to attest that block …");
        },
      });
      const { gateway, client, place } = view.chain(String(proven.destination));
      if (proven.isDelivered) {
        terminal.done(`message ${id} is delivered on ${place.name} already`);
        terminal.result({ id, chain: place.name, delivered: true, transaction: null });
        return;
      }
      const account = await developmentAccount(options.as, client);
      const receipt = await account.call("Gateway.deliver", gateway.address, proven.data);
      terminal.done(`message ${id} is delivered on ${place.name} by ${account.address}: ${receipt.hash}`);
      terminal.result({
        id,
        chain: place.name,
        delivered: true,
        transaction: receipt.hash,
        gasUsed: receipt.gasUsed,
      });
    } finally {
      view.close();
    }
  });
