import { Command } from "commander";

import { PROOF_SCHEMES } from "../../../relay/proofs/proofSchemes.ts";
import { routeAndSet } from "../../../relay/proofs/routeAndSet.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { NODE_OPTION } from "../../ownNode.ts";
import { Terminal } from "../../Terminal.ts";
import { freezeEvidence } from "./freezeEvidence.ts";
import { openStore } from "./openStore.ts";
import { AS_OPTION, payingNode } from "./payer.ts";
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
  .option("--evidence <files...>", `two JSON files, each ${FORMS} (default: what the relayer found)`)
  .option("--relayer <index>", "whose database", "0")
  .option(...NODE_OPTION)
  .option("--as <role[:place]>", AS_OPTION, "publisher")
  .option("--json", "print JSON")
  .action(
    async (
      origin: string,
      destination: string,
      options: RelayOptions & { evidence?: string[]; relayer: string; as: string; node?: string },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const { network, account } = await payingNode(options);
      const view = relayView(network);
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
        const data = to.gateway.freezeData(from.gateway.chainId, evidence);
        const receipt = await (await account(to.client)).call("Gateway.freeze", to.gateway.address, data);
        terminal.done(`the route from ${from.place.name} to ${to.place.name} is frozen: ${receipt.hash}`);
        terminal.result({ origin: from.place.name, destination: to.place.name, transaction: receipt.hash });
      } finally {
        view.close();
      }
    },
  );
