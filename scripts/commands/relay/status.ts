import { Command } from "commander";

import { messageStatus } from "../../../relay/messageStatus.ts";
import { databaseHolder } from "../../../relay/store/holdDatabase.ts";
import type { LaneName } from "../../../relay/store/lanes.ts";
import { relayerDatabase } from "../../../relay/store/relayerDatabase.ts";
import { unreadMessages } from "../../../relay/unreadMessages.ts";
import { DEFAULT_NETWORK_FILE } from "../../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../../ownNode.ts";
import { printTable } from "../../printTable.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";
import { readFromChains, statusFromChains } from "./fromChains.ts";
import { messageKind } from "./messageKind.ts";
import { MOST_RELAYERS, openStore } from "./openStore.ts";
import type { RelayOptions } from "./RelayOptions.ts";
import { relayStanding } from "./relayStanding.ts";
import { relayDirectory, relayView } from "./relayView.ts";

interface StatusOptions extends RelayOptions {
  relayer: string;
  all?: boolean;
  fromChains?: boolean;
  limit: string;
}

/** Lanes in words. */
const LANE_WORDS: Record<LaneName, string> = {
  network: "the network's own",
  refused: "of strangers to it",
  others: "to others",
};

/** `freshet relay status`. */
export const statusCommand = new Command("status")
  .description(
    "show every message's state and why, as the relayer's database tells it; exits 1 when something waits and nobody carries it",
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--relayer <index>", "whose database", "0")
  .option("--all", "delivered messages as well")
  .option("--from-chains", "read the chains alone, without any relayer's database")
  .option("--limit <n>", "most messages shown", "200")
  .option("--json", "print JSON")
  .action(async (options: StatusOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const { network } = await ownNode(options, []);
    const view = relayView(network);
    const fromChains = options.fromChains === true;
    const store = fromChains ? await readFromChains(view) : openStore(options);
    try {
      const nameOf = (chainId: bigint | undefined) =>
        view.chains.find(({ gateway }) => gateway.chainId === chainId)?.place.name ??
        String(chainId ?? "nowhere");
      const limit = wholeNumber(options.limit, "--limit", 1, 1_000_000);
      const known = store.messages.list({ openOnly: options.all !== true, limit });
      const chains = new Set(view.chains.map(({ gateway }) => gateway.chainId));
      const about = { chains, now: Date.now() };
      const messages = known.map((message) => {
        const statusOf = fromChains ? statusFromChains : messageStatus;
        const { state, why, transaction } = statusOf(store, message, about);
        const { id, nonce, origin, destination, attempts } = message;
        return {
          id,
          kind: messageKind(message, network),
          origin: nameOf(origin),
          nonce,
          destination: nameOf(destination),
          state,
          attempts,
          why,
          transaction,
        };
      });
      const routes = store.routes.counts().map(({ origin, destination, ...counts }) => ({
        origin: nameOf(origin),
        destination: nameOf(destination),
        ...counts,
      }));
      for (const { origin, destination, lane, sent, open, failing } of routes) {
        terminal.line(
          `${origin} → ${destination}, ${LANE_WORDS[lane]}: ${sent} sent, ${sent - open} delivered, ${open} open, ${failing} of them failed before`,
        );
      }
      const total = routes.reduce((sum, { sent, open }) => sum + (options.all === true ? sent : open), 0);
      if (total > messages.length)
        terminal.line(`The newest ${messages.length} of ${total}; --limit shows more.`);
      const unread = await Promise.all(
        view.chains.map(async ({ place, gateway }) => ({
          origin: place.name,
          ...(await unreadMessages(gateway, store)),
        })),
      );
      const index = wholeNumber(options.relayer, "--relayer", 0, MOST_RELAYERS - 1);
      const runs = databaseHolder(relayerDatabase(relayDirectory(options.network), index));
      const standing = relayStanding({
        unread,
        isRunning: runs !== undefined,
        open: routes.reduce((sum, { open }) => sum + open, 0),
      });
      if (messages.length > 0) {
        const headers = ["id", "message", "kind", "state", "why"];
        printTable(terminal, {
          columns: headers.map((header) => ({ header })),
          rows: messages.map(({ id, origin, nonce, destination, kind, state, why }) => [
            id,
            `${origin} ${nonce} → ${destination}`,
            kind,
            state,
            why,
          ]),
        });
      }
      for (const sentence of standing.warnings) terminal.warn(sentence);
      if (standing.text !== undefined) terminal.line(standing.text);
      if (!standing.ok) process.exitCode = 1;
      terminal.result({ ok: standing.ok, running: runs !== undefined, unread, routes, messages });
    } finally {
      store.close();
      view.close();
    }
  });
