import { existsSync } from "node:fs";

import { Command, InvalidArgumentError } from "commander";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { type LocalRole, localSigner } from "../../chains/networks/localKeys.ts";
import { readNetworkFile } from "../../chains/networks/networkFile.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { messageStatus } from "../../relay/messageStatus.ts";
import { type MessageProof, proveMessage } from "../../relay/proofs/proveMessage.ts";
import { routeAndSet } from "../../relay/proofs/routeAndSet.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { RELAY_PARTS, type RelayPart, RelayService, relayerDatabase } from "../../relay/RelayService.ts";
import { relayLogger } from "../../relay/relayLogger.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { freezeEvidence } from "../freezeEvidence.ts";
import { Narrator } from "../Narrator.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { recipientsOf, relayDirectory, relayView } from "../relayView.ts";
import { wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";
import { untilStopped } from "../untilStopped.ts";

const MOST_VALIDATORS = 32;
const MOST_RELAYERS = 4;
const DEVELOPMENT_ROLES = ["publisher", "relayer", "keeper", "device", "twin"] as const satisfies LocalRole[];

interface CommonOptions {
  network: string;
  json?: boolean;
}

function common(command: Command): Command {
  return command.option("--network <file>", "network file", DEFAULT_NETWORK_FILE);
}

const start = common(new Command("start"))
  .description(
    "run validators, relayer and keeper of a network, until Ctrl-C; can be killed and started again at any time",
  )
  .option("--parts <list>", `services to run, of ${RELAY_PARTS.join(",")}`, parts, [...RELAY_PARTS])
  .option("--validators <list>", "validators to run, by local key index (default: all of the network)")
  .option("--relayer <index>", "which relayer this is; each has a key and a database of its own", "0")
  .option("--any-recipient", "pay also for messages to recipients that are not of this network")
  .option("--url <url>", "where to serve signatures, health and metrics (default: the network file's)")
  .option("--directory <dir>", "where to keep databases (default: beside the network file)")
  .option("--json", "log every event as a line of JSON")
  .action(
    async (
      options: CommonOptions & {
        parts: RelayPart[];
        validators?: string;
        relayer: string;
        anyRecipient?: boolean;
        url?: string;
        directory?: string;
      },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const stopped = untilStopped();
      const narrator = new Narrator(terminal, { clock: Date.now });
      const listener: (event: RelayEvent) => void =
        options.json === true ? relayLogger(process.stdout) : narrator.onRelay;
      const relayer = wholeNumber(options.relayer, "--relayer", 0, MOST_RELAYERS - 1);
      const validators = options.validators
        ?.split(",")
        .map((text) => wholeNumber(text, "--validators", 0, MOST_VALIDATORS - 1));
      const relay = await RelayService.start(
        await readNetworkFile(options.network),
        {
          directory: options.directory ?? relayDirectory(options.network),
          parts: options.parts,
          relayer,
          anyRecipient: options.anyRecipient === true,
          ...(validators === undefined ? {} : { validators }),
          ...(options.url === undefined ? {} : { url: options.url }),
        },
        { listener, random: new SeededRandom(relayer, "relayer") },
      );
      terminal.done(`the relay is running (${options.parts.join(", ")}); Ctrl-C stops it`);
      await stopped;
      await relay.stop();
    },
  );

const status = common(new Command("status"))
  .description("show every message's state and why, as the relayer's database tells it")
  .option("--relayer <index>", "whose database", "0")
  .option("--all", "delivered messages as well")
  .option("--limit <n>", "most messages shown", "200")
  .option("--json", "print JSON")
  .action(async (options: CommonOptions & { relayer: string; all?: boolean; limit: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const network = await readNetworkFile(options.network);
    const view = relayView(network);
    const store = openStore(options);
    try {
      const nameOf = (chainId: bigint | undefined) =>
        view.chains.find(({ gateway }) => gateway.chainId === chainId)?.place.name ??
        String(chainId ?? "nowhere");
      const limit = wholeNumber(options.limit, "--limit", 1, 1_000_000);
      const known = store.messages({ openOnly: options.all !== true, limit });
      const chains = new Set(view.chains.map(({ gateway }) => gateway.chainId));
      const about = { chains, recipients: recipientsOf(network), now: Date.now() };
      const messages = known.map((message) => {
        const { state, why, transaction } = messageStatus(store, message, about);
        const { id, nonce, origin, destination, attempts } = message;
        return {
          id,
          origin: nameOf(origin),
          nonce,
          destination: nameOf(destination),
          state,
          attempts,
          why,
          transaction,
        };
      });
      const routes = store.counts().map(({ origin, destination, ...counts }) => ({
        origin: nameOf(origin),
        destination: nameOf(destination),
        ...counts,
      }));
      const { dim } = terminal.colours;
      for (const { origin, destination, sent, open, failing } of routes) {
        terminal.line(
          `${origin} → ${destination}: ${sent} sent, ${sent - open} delivered, ${open} open, ${failing} of them failed before`,
        );
      }
      const total = routes.reduce((sum, { sent, open }) => sum + (options.all === true ? sent : open), 0);
      if (total > messages.length)
        terminal.line(`The newest ${messages.length} of ${total}; --limit shows more.`);
      if (messages.length === 0) terminal.line("Nothing is open.");
      for (const { id, origin, nonce, destination, state, why } of messages) {
        terminal.line(
          `${id}  ${`${origin} ${nonce} → ${destination}`.padEnd(24)} ${state.padEnd(14)} ${dim(why)}`,
        );
      }
      terminal.result({ routes, messages });
    } finally {
      store.close();
      view.close();
    }
  });

const retry = common(new Command("retry"))
  .description("make messages due at once, also while the relayer runs")
  .argument("[id]", "the message; all that are open when left out")
  .option("--relayer <index>", "whose database", "0")
  .option("--json", "print JSON")
  .action((id: string | undefined, options: CommonOptions & { relayer: string }) => {
    const terminal = new Terminal({ json: options.json === true });
    const store = openStore(options);
    try {
      const message = id === undefined ? undefined : store.messageById(id);
      if (id !== undefined && message === undefined) {
        throw new BaseError("MESSAGE_NOT_FOUND", `This relayer knows no message ${id}.`, {
          next: "See ./freshet relay status --all for those that it knows.",
        });
      }
      const due = store.retry(message?.origin, message?.nonce);
      terminal.done(due === 1 ? "1 message is due now" : `${due} messages are due now`);
      terminal.result({ due });
    } finally {
      store.close();
    }
  });

const prove = common(new Command("prove"))
  .description(
    "prove a message from the chains and the validators' signatures alone, for whoever wants to deliver it",
  )
  .argument("<id>", "the message")
  .option("--json", "print JSON")
  .action(async (id: string, options: CommonOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const view = relayView(await readNetworkFile(options.network));
    try {
      terminal.status("reading the chains …");
      const proven = await proveMessage(id, view.chains, view);
      tell(terminal, view.chain(String(proven.destination)).place.name, proven);
      terminal.result(proven);
    } finally {
      view.close();
    }
  });

const selfRelay = common(new Command("self-relay"))
  .description("deliver a message yourself: prove it and send the transaction")
  .argument("<id>", "the message")
  .option(
    "--as <role[:index]>",
    `local development key that pays, of ${DEVELOPMENT_ROLES.join(", ")}`,
    "publisher",
  )
  .option("--json", "print JSON")
  .action(async (id: string, options: CommonOptions & { as: string }) => {
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
      const account = await accountOf(options.as, client);
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

const freeze = common(new Command("freeze"))
  .description(
    "freeze a route by showing two histories that its validators signed: two roots for one index, or two blocks that are not of one chain",
  )
  .argument("<origin>", "chain whose validators signed them")
  .argument("<destination>", "chain whose gateway shall freeze the route")
  .option(
    "--evidence <files...>",
    "two JSON files, each { root, index, signatures: { validator: signature } } or { blockHash, number, signatures } (default: what the relayer found)",
  )
  .option("--relayer <index>", "whose database", "0")
  .option(
    "--as <role[:index]>",
    `local development key that pays, of ${DEVELOPMENT_ROLES.join(", ")}`,
    "publisher",
  )
  .option("--json", "print JSON")
  .action(
    async (
      origin: string,
      destination: string,
      options: CommonOptions & { evidence?: string[]; relayer: string; as: string },
    ) => {
      const terminal = new Terminal({ json: options.json === true });
      const view = relayView(await readNetworkFile(options.network));
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
        const account = await accountOf(options.as, to.client);
        const data = to.gateway.freezeData(from.gateway.chainId, evidence);
        const receipt = await account.call("Gateway.freeze", to.gateway.address, data);
        terminal.done(`the route from ${from.place.name} to ${to.place.name} is frozen: ${receipt.hash}`);
        terminal.result({ origin: from.place.name, destination: to.place.name, transaction: receipt.hash });
      } finally {
        view.close();
      }
    },
  );

/** `freshet relay`. */
export const relayCommand = new Command("relay")
  .description("run the relay on its own, see what it does, and do its work by hand")
  .addCommand(start)
  .addCommand(status)
  .addCommand(retry)
  .addCommand(prove)
  .addCommand(selfRelay)
  .addCommand(freeze);

function parts(text: string): RelayPart[] {
  return text.split(",").map((name) => {
    const part = RELAY_PARTS.find((known) => known === name);
    if (part === undefined) throw new InvalidArgumentError(`Choose of ${RELAY_PARTS.join(", ")}.`);
    return part;
  });
}

function openStore(options: { network: string; relayer: string }): RelayerStore {
  const index = wholeNumber(options.relayer, "--relayer", 0, MOST_RELAYERS - 1);
  const path = relayerDatabase(relayDirectory(options.network), index);
  if (existsSync(path)) return new RelayerStore(path);
  throw new BaseError("NO_RELAYER", `There is no relayer's database at ${path}.`, {
    details: "It is made when a relayer of this network is first started.",
    next: "Start one with ./freshet up or ./freshet relay start, or name the network with --network FILE.",
  });
}

async function accountOf(
  text: string,
  client: ConstructorParameters<typeof ChainAccount>[0],
): Promise<ChainAccount> {
  const [name, index = "0"] = text.split(":");
  const role = DEVELOPMENT_ROLES.find((known) => known === name);
  if (role === undefined) {
    throw new BaseError("UNKNOWN_ROLE", `There is no local development key of ${text}.`, {
      next: `Choose of ${DEVELOPMENT_ROLES.join(", ")}, with an index after a colon.`,
    });
  }
  const signer = await localSigner(client.provider, client.url, role, wholeNumber(index, "--as", 0, 999));
  return new ChainAccount(client, signer);
}

function tell(terminal: Terminal, chain: string, proven: MessageProof): void {
  const { message, provenBy, isDelivered, gateway, data } = proven;
  terminal.done(
    `message ${message.id} is proven by a ${provenBy.kind} that ${provenBy.threshold} of ${provenBy.validators} validators signed${isDelivered ? "; it is delivered already" : ""}`,
  );
  terminal.line(`  chain: ${chain}`);
  terminal.line(`  to:    ${gateway}`);
  terminal.line(`  data:  ${data}`);
}
