import { Command } from "commander";

import { systemClock } from "../../../protocol/Clock.ts";
import { wholeMessageId } from "../../../relay/proofs/searchMessage.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { NODE_OPTION } from "../../ownNode.ts";
import { Terminal } from "../../Terminal.ts";
import { announceAndProve } from "./announceAndProve.ts";
import { AS_OPTION, payingNode } from "./payer.ts";
import { ID_ARGUMENT, type RelayOptions } from "./RelayOptions.ts";
import { relayView } from "./relayView.ts";

/** `freshet relay self-relay`. */
export const selfRelayCommand = new Command("self-relay")
  .description(
    "deliver a message yourself: prove it, announced again where it has to be, and send the transaction",
  )
  .argument("<id>", ID_ARGUMENT)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...NODE_OPTION)
  .option("--as <role[:place]>", AS_OPTION, "publisher")
  .option("--json", "print JSON")
  .action(async (written: string, options: RelayOptions & { as: string; node?: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { network, account } = await payingNode(options);
    const view = relayView(network);
    try {
      terminal.status("reading the chains …");
      const id = await wholeMessageId(written, view.chains);
      const proven = await announceAndProve(id, view.chains, {
        sources: view.sources,
        clock: systemClock,
        send: async ({ origin, gateway, data }) => {
          const { client, place } = view.chain(String(origin));
          const { hash } = await (await account(client)).call("Gateway.announce", gateway, data);
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
      const payer = await account(client);
      const receipt = await payer.call("Gateway.deliver", gateway.address, proven.data);
      terminal.done(`message ${id} is delivered on ${place.name} by ${payer.address}: ${receipt.hash}`);
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
