import { Command } from "commander";

import { type MessageProof, proveMessage } from "../../../relay/proofs/proveMessage.ts";
import { wholeMessageId } from "../../../relay/proofs/searchMessage.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../../ownNode.ts";
import { Terminal } from "../../Terminal.ts";
import { ID_ARGUMENT, type RelayOptions } from "./RelayOptions.ts";
import { relayView } from "./relayView.ts";

/** `freshet relay prove`. */
export const proveCommand = new Command("prove")
  .description(
    "prove a message from the chains and the validators' signatures alone, for whoever wants to deliver it",
  )
  .argument("<id>", ID_ARGUMENT)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--json", "print JSON")
  .action(async (id: string, options: RelayOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const view = relayView((await ownNode(options, [])).network);
    try {
      terminal.status("reading the chains …");
      const proven = await proveMessage(await wholeMessageId(id, view.chains), view.chains, view);
      tell(terminal, view.chain(String(proven.destination)).place.name, proven);
      terminal.result(proven);
    } finally {
      view.close();
    }
  });

function tell(terminal: Terminal, chain: string, proven: MessageProof): void {
  const { message, provenBy, isDelivered, gateway, data } = proven;
  terminal.done(
    `message ${message.id} is proven by a ${provenBy.kind} that ${provenBy.threshold} of ${provenBy.validators} validators signed${isDelivered ? "; it is delivered already" : ""}`,
  );
  terminal.line(`  chain: ${chain}`);
  terminal.line(`  to:    ${gateway}`);
  terminal.line(`  data:  ${data}`);
}
