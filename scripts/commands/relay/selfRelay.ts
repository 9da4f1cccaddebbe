import { Command } from "commander";

import { readNetworkFile } from "../../../chains/networks/networkFile.ts";
import { proveMessage } from "../../../relay/proofs/proveMessage.ts";
import { Terminal } from "../../Terminal.ts";
import { networkOption, type RelayOptions } from "./networkOption.ts";
import { payerOption, payingAccount } from "./payingAccount.ts";
import { relayView } from "./relayView.ts";

/** `freshet relay self-relay`. */
export const selfRelayCommand = payerOption(networkOption(new Command("self-relay")))
  .description("deliver a message yourself: prove it and send the transaction")
  .argument("<id>", "the message")
  .option("--json", "print JSON")
  .action(async (id: string, options: RelayOptions & { as: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const view = relayView(await readNetworkFile(options.network));
    try {
      terminal.status("reading the chains …");
      const proven = await proveMessage(id, view.chains, view);
      const { gateway, client, place } = view.chain(String(proven.destination));
      if (proven.isDelivered) {
        terminal.done(`message ${id} is delivered on ${place.name} already`);
        terminal.result({ id, chain: place.name, delivered: true, transaction: null });
        return;
      }
      const account = await payingAccount(options.as, client);
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
