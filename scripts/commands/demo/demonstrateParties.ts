import { join, resolve } from "node:path";

import { auditMarket } from "../../../audit/auditMarket.ts";
import { marketLines } from "../../../audit/marketLines.ts";
import { EXIT_CODES } from "../../../audit/report.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { NetworkConfig } from "../../../chains/networks/networkConfig.ts";
import { chainsOf } from "../../../chains/networks/networkFile.ts";
import { setBalances } from "../../../chains/networks/setBalances.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import type { DemoParty, Market, MarketEvent, PreparedDemo } from "../../../mechanisms/Market.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { earlierInWords } from "../../earlierNetworks.ts";
import { LocalNetwork } from "../../LocalNetwork.ts";
import { Narrator } from "../../Narrator.ts";
import { type NetworkOptions, networkSettings, wholeNumber } from "../../settings.ts";
import type { Terminal } from "../../Terminal.ts";
import { DemoPage } from "./DemoPage.ts";
import type { Endings } from "./demoParts.ts";
import { demoPlace } from "./demoPlace.ts";
import { messageCounts } from "./messageCounts.ts";
import { PartyProcess } from "./PartyProcess.ts";
import { othersThan, waitFor } from "./waitFor.ts";

/** Options of the demo of a market without training. */
export interface PartiesOptions extends NetworkOptions {
  seed?: string;
  trace?: string;
  policy?: string;
  map?: string;
  keep?: boolean;
  page?: string | true;
  fresh?: boolean;
}

/** Gas money of a party, wei. */
const BALANCE = 10n ** 21n;
/** Ports of services of mechanisms begin here; publishers' come first. */
const PORTS_BEFORE = 10;
/** Until the parties' processes are up: for each so long, and so long in all, ms. */
const START_MILLISECONDS = { each: 700, all: 6000 };
/** How long after its end a demo waits for parties and chains, ms. */
const PATIENCE_MILLISECONDS = 60_000;
const QUIET_MILLISECONDS = 20_000;
const ASK_MILLISECONDS = 200;

/** Runs a market's example with each party in a process of its own, audits and tells, and stops everything. */
export async function demonstrateParties(
  market: Market,
  options: PartiesOptions,
  terminal: Terminal,
): Promise<void> {
  const seed = options.seed === undefined ? 1 : wholeNumber(options.seed, "--seed", 0, 0xffffffff);
  // Before anything is started.
  const policy = await checkedPolicy(market, options.policy);
  const settings = await networkSettings(options);
  const place = demoPlace({ ...settings, devices: 0, aggregators: 1 }, options, 0, terminal);
  const config = {
    ...place.config,
    applications: [...new Set([...place.config.applications, market.application.name])],
  };
  const began = Date.now();
  const endings: Endings = [];
  const page = new DemoPage(options.page, terminal);
  try {
    const { demo, network } = await runParties(
      market,
      {
        ...{ config, seed, trace: options.trace, policy, fresh: options.fresh === true },
        onPlanned: (network) => page.open(network),
      },
      terminal,
      endings,
    );
    const { summary, lines, map } = demo.result();
    const mapPath = options.map ?? join("results", market.name, "demo.png");
    await writeMap(mapPath, map);
    for (const line of lines) terminal.line(line);
    terminal.line(
      `The map of it is in ${mapPath}${options.map === undefined ? " (--map names another file)" : ""}`,
    );
    terminal.status("auditing …");
    const audit = await auditMarket(network.file, market, { storage: network.storage });
    terminal.status("");
    for (const line of marketLines(audit, terminal.colours)) terminal.line(line);
    const clients = await NetworkClients.connect(network.file);
    const messages = await messageCounts(network.file, clients).finally(() => clients.close());
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    if (audit.ok) terminal.done(`done in ${seconds} s`);
    terminal.result({
      mechanism: market.name,
      seed,
      about: demo.about,
      ...summary,
      messages,
      map: mapPath,
      audit,
      seconds,
    });
    process.exitCode = EXIT_CODES[audit.outcome];
    if (options.keep === true) {
      terminal.line(`The network stays up: try ./freshet audit --mechanism ${market.name}. Ctrl-C ends it.`);
      await place.untilStopped();
    }
  } finally {
    await page.close();
    for (const end of endings.reverse()) await end();
  }
}

/** Where a policy is, once it was read. @throws `OPTION_INVALID` of a market that has none; what is wrong with it. */
async function checkedPolicy(market: Market, policy: string | undefined): Promise<string | undefined> {
  if (policy === undefined) return undefined;
  if (market.checkPolicy === undefined) {
    throw new BaseError("OPTION_INVALID", `Nobody in the market of ${market.name} decides by a policy.`, {
      next: "Leave --policy out.",
    });
  }
  await market.checkPolicy(policy);
  return resolve(policy);
}

async function runParties(
  market: Market,
  inputs: {
    config: NetworkConfig;
    seed: number;
    trace: string | undefined;
    policy: string | undefined;
    fresh: boolean;
    /** Told once the plans of all parties are written. */
    onPlanned: (network: LocalNetwork) => Promise<void>;
  },
  terminal: Terminal,
  endings: Endings,
): Promise<{ demo: PreparedDemo; network: LocalNetwork }> {
  const { config, seed, trace, policy } = inputs;
  const clock = systemClock;
  const subchains = config.chains.flatMap(({ name, role }) =>
    role === "main" || role === "relay" ? [] : [name],
  );
  const asked = {
    ...{ seed, trace, policy, subchains },
    urlOf: (n: number) => `http://${config.host}:${config.servicePort + PORTS_BEFORE + n}`,
    addressOf: (key: number) => localKey("party", key).address,
  };
  // Before anything is started: a trace may not be there. Its parties have the same keys and places later.
  const first = market.prepareDemo({ ...asked, startAtMs: clock.now() });
  const services = first.parties.flatMap(({ key, url }) =>
    url === undefined ? [] : [{ address: asked.addressOf(key), url }],
  );
  terminal.status("starting the chains and deploying the contracts …");
  const network = await LocalNetwork.start(config, {
    fresh: inputs.fresh,
    services: { [market.application.name]: services },
    onSetAside: (earlier) => terminal.line(earlierInWords(earlier)),
    onChainDied: (error) => terminal.warn(error.message),
  });
  endings.push(() => network.stop());
  const narrator = new Narrator(terminal, { clock: clock.now });
  endings.push(() => narrator.stop());
  await network.startRelay(narrator.onRelay);
  const places = chainsOf(network.file);
  terminal.done(
    `${places.length} chains are up and linked: ${places.map(({ name, chainId }) => `${name} ${chainId}`).join(", ")}`,
  );
  await fund(network, first.parties);

  const startAtMs = clock.now() + START_MILLISECONDS.all + START_MILLISECONDS.each * first.parties.length;
  const demo = market.prepareDemo({ ...asked, startAtMs });
  terminal.done(demo.about);
  const ready = new Set<string>();
  const over = new Set<string>();
  let failure: unknown;
  const hear = (party: DemoParty, event: MarketEvent) => {
    if (event.type === "ready") ready.add(party.name);
    if (event.type === "exited") failure ??= (event as MarketEvent & { error: unknown }).error;
    if (demo.isOver(event)) over.add(party.name);
    const line = demo.tell(party, event);
    if (line !== undefined) terminal.line(line);
  };
  for (const party of demo.parties) {
    const directory = join(config.directory, "parties", party.name.replaceAll(" ", "-"));
    const plan = join(directory, "plan.json");
    await writeWhole(plan, `${JSON.stringify(party.plan(startAtMs))}\n`);
    const words = ["market", "join", market.name, "--plan", plan, "--network", network.path];
    const child = new PartyProcess(party.name, [...words, "--directory", directory, "--json"], (event) =>
      hear(party, event),
    );
    endings.push(() => child.stop());
  }
  await inputs.onPlanned(network);
  const names = demo.parties.map(({ name }) => name);
  const waiting = { clock, failure: () => failure };
  const isReady = {
    isSo: () => names.every((name) => ready.has(name)),
    deadline: startAtMs + PATIENCE_MILLISECONDS,
    missing: () => `${othersThan(names, ready)} did not come up`,
  };
  await waitFor(isReady, waiting);
  terminal.done(`${names.length} parties are up, each a process with a key of its own`);
  const ending = demo.parties.filter(({ ends }) => ends).map(({ name }) => name);
  const isOver = {
    isSo: () => ending.every((name) => over.has(name)),
    // By the schedule; a chain's clock may be behind.
    deadline: demo.endsAtMs + PATIENCE_MILLISECONDS,
    missing: () => `${othersThan(ending, over)} did not come to an end`,
  };
  await waitFor(isOver, waiting);
  const quietBy = clock.now() + QUIET_MILLISECONDS;
  // What is still to come the audit says.
  await waitFor(
    {
      isSo: () => demo.isQuiet() || clock.now() > quietBy,
      deadline: quietBy + QUIET_MILLISECONDS,
      missing: () => "it is not quiet",
    },
    waiting,
  );
  await untilDelivered(network, clock.now() + QUIET_MILLISECONDS);
  return { demo, network };
}

/** Waits until every message that was sent has been delivered. */
async function untilDelivered(network: LocalNetwork, deadline: number): Promise<void> {
  const clients = await NetworkClients.connect(network.file);
  try {
    while (systemClock.now() < deadline) {
      const { sent, delivered } = await messageCounts(network.file, clients);
      if (sent === delivered) return;
      await systemClock.sleep(ASK_MILLISECONDS);
    }
  } finally {
    clients.close();
  }
}

/** Gives every party coins for gas on every chain, and the tokens that it starts with. */
async function fund(network: LocalNetwork, parties: readonly DemoParty[]): Promise<void> {
  const clients = await NetworkClients.connect(network.file);
  try {
    const { main } = clients;
    const holder = await clients.account(main.client.name, "publisher");
    const token = { contract: contracts.LocalToken, address: main.place.contracts.token };
    const addresses = parties.map(({ key }) => localKey("party", key).address);
    await Promise.all(clients.all.map(({ rpc }) => setBalances(rpc, addresses, BALANCE)));
    await Promise.all(
      parties
        .filter(({ tokens }) => tokens > 0n)
        .map(({ key, tokens }) => holder.send(token, "transfer", [localKey("party", key).address, tokens])),
    );
  } finally {
    await clients.stop();
    clients.close();
  }
}

async function writeMap(path: string, svg: string): Promise<void> {
  if (!path.endsWith(".png")) return writeWhole(path, svg);
  // A renderer that nothing else here needs.
  const { rasterize } = await import("../../../experiments/rasterize.ts");
  await writeWhole(path, rasterize(svg));
  await writeWhole(path.replace(/\.png$/, ".svg"), svg);
}
