import { Command } from "commander";

import { PROOF_SCHEMES } from "../../../relay/proofs/proofSchemes.ts";
import { routeAndSet } from "../../../relay/proofs/routeAndSet.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../../ownNode.ts";
import { Terminal } from "../../Terminal.ts";
import { AS_OPTION, developmentAccount } from "./developmentAccount.ts";
import { freezeEvidence } from "./freezeEvidence.ts";
import { openStore } from "./openStore.ts";
import type { RelayOptions } from "./RelayOptions.ts";
import { relayView } from "./relayView.ts";

const FORMS = Object.values(PROOF_SCHEMES)
  .map(({ evidence }) => evidence.form)
  .join(" or ");

/** `freshet relay freeze`. */
export const freezeCommand = new Command("freeze")
  .description(
    "freeze a route by showing two histories that its validators signed: two roots for one index, or two blocks that are not of one chain",
  )
  .argument("<origin>", "chain whose validators signed them")
  .argument("<destination>", "chain whose gateway shall freeze the route")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--evidence <files...>", `two JSON files, each ${FORMS} (default: what the relayer found)`)
  .option("--relayer <index>", "whose database", "0")
  .option("--as <role[:index]>", AS_OPTION, "publisher")
  .option("--json", "print JSON")
  .action(
    async (
      origin: string,
      destination: string,
      options: RelayOptions & { evidence?: string[]; relayer: string; as: string },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const view = relayView((await ownNode(options, [])).network);
      try {
        const from = view.chain(origin);
        const to = view.chain(destination);
        const { set, kind } = await routeAndSet(to.gateway, from.gateway.chainId);
        const evidence = await freezeEvidence({
          origin: from.gateway,
          set,
          kind,
          files: options.evidence,
          openStore: () => openStore(options),
        });
        const account = await developmentAccount(options.as, to.client);
        const data = to.gateway.freezeData(from.gateway.chainId, evidence);
        const receipt = await account.call("Gateway.freeze", to.gateway.address, data);
        terminal.done(`the route from ${from.place.name} to ${to.place.name} is frozen: ${receipt.hash}`);
        terminal.result({ origin: from.place.name, destination: to.place.name, transaction: receipt.hash });
      } finally {
        view.close();
      }
    },
  );
