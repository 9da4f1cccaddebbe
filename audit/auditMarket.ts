import { ZeroHash } from "ethers";

import { type NetworkFile, originsOf } from "../chains/networks/networkFile.ts";
import { PROOF_KINDS } from "../chains/proofs/proofKinds.ts";
import type { Market } from "../mechanisms/Market.ts";
import type { MarketTally } from "../mechanisms/MarketAudit.ts";
import { contracts } from "../protocol/contracts.ts";
import { formatInteroperable, parseInteroperable } from "../protocol/interoperableAddress.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import { messageId } from "../protocol/messages.ts";
import { AuditFailure } from "./AuditFailure.ts";
import { type CheckReport, type Outcome, outcomeOf } from "./AuditReport.ts";
import { errorNext } from "./errorNext.ts";
import { errorSentence } from "./errorSentence.ts";
import {
  type GatheredChain,
  type GatheredMarket,
  gatherMarket,
  type MarketSources,
} from "./evidence/gatherMarket.ts";
import { isSameAddress } from "./isSameAddress.ts";
import { NotExamined } from "./NotExamined.ts";
import { onOneHistory } from "./onOneHistory.ts";
import { Tally } from "./Tally.ts";

/** What an audit of a market found. */
export interface MarketAuditReport {
  /** The market's mechanism. */
  market: string;
  outcome: Outcome;
  /** Whether all checks are ok. */
  ok: boolean;
  checks: CheckReport[];
  /** The first failure of the first check that failed. */
  failure?: { check: string; message: string };
}

/**
 * Audits a market that is no task: the core's checks of chains and messages, then those of its mechanism, which re-derive
 * all that there is to it from chains and storage. A check that fails ends with the first thing that does not hold.
 *
 * @throws `CHAIN_REORGANIZED` (retryable); what chains throw that do not answer; `NO_MARKET`.
 */
export async function auditMarket(
  network: NetworkFile,
  market: Market,
  sources: MarketSources,
): Promise<MarketAuditReport> {
  return onOneHistory(
    () => gatherMarket(network, market, sources),
    (gathered) => auditGathered(market, gathered),
  );
}

async function auditGathered(market: Market, gathered: GatheredMarket): Promise<MarketAuditReport> {
  const checks = [
    await run(
      { name: "chains", title: "The market's contracts lead to each other", unit: "chains" },
      (tally) => checkLinks(gathered, tally),
    ),
    await run(
      {
        name: "messages",
        title: "Every message was sent as its id says, and delivered once",
        unit: "messages",
      },
      (tally) => checkMarketMessages(gathered, tally),
    ),
  ];
  for (const { run: examine, ...check } of market.audit.checks) {
    checks.push(await run(check, (tally) => examine(gathered.evidence, marketTally(tally))));
  }
  const failed = checks.find(({ outcome }) => outcome === "fails");
  const outcome = outcomeOf(checks);
  return {
    ...{ market: market.name, outcome, ok: outcome === "holds", checks },
    ...(failed === undefined ? {} : { failure: { check: failed.name, message: failed.failure! } }),
  };
}

async function run(
  check: { name: string; title: string; unit: string },
  examine: (tally: Tally) => Promise<void>,
): Promise<CheckReport> {
  const tally = new Tally();
  let failure: string | undefined;
  try {
    await examine(tally);
  } catch (error) {
    if (error instanceof AuditFailure) failure = error.message;
    else {
      const next = "Audit the market again; if it stays so, ask other nodes and another storage.";
      tally.miss(
        error instanceof NotExamined ? error : new NotExamined(errorSentence(error), errorNext(error, next)),
      );
    }
  }
  const { examined, notes, unexamined } = tally;
  const outcome: Outcome = failure !== undefined ? "fails" : unexamined.count > 0 ? "unexamined" : "holds";
  return {
    ...check,
    ...{ outcome, ok: outcome === "holds", examined, notes, unexamined },
    ...(failure === undefined ? {} : { failure }),
  };
}

function marketTally(tally: Tally): MarketTally {
  return {
    count: (things) => tally.count(things),
    note: (sentence) => tally.note(sentence),
    require(holds, sentence) {
      tally.require(holds, sentence);
    },
    skip: (what, next) => tally.miss(new NotExamined(what, next)),
  };
}

/** Each chain's contract is linked to those of its origins through the gateways of the network file, and to no other. */
async function checkLinks({ chains, evidence: { network } }: GatheredMarket, tally: Tally): Promise<void> {
  for (const chain of chains) {
    for (const origin of originsOf(network, chain.place)) {
      const other = chains.find(({ chainId }) => chainId === BigInt(origin.chainId))!;
      const wanted = formatInteroperable({ chainId: other.chainId, address: other.application });
      // Every application answers this as the task manager does (CrossChainApp.sol).
      const link = await chain.read<{ gateway: string; counterpart: string }>(
        contracts.TaskManager,
        chain.application,
        "getLink",
        [`${wanted.slice(0, -42)}00`],
      );
      const { gateway } = chain.place.contracts;
      tally.require(
        isSameAddress(link.gateway, gateway) && isSameAddress(link.counterpart, wanted),
        `The market on ${chain.name} is linked to ${link.counterpart} through gateway ${link.gateway}, not to ${other.name} (${wanted}) through ${gateway}.`,
      );
    }
    tally.count();
  }
}

/** Outboxes are whole, messages go from counterpart to counterpart, each is delivered once, and nothing else is. */
async function checkMarketMessages({ chains, evidence }: GatheredMarket, tally: Tally): Promise<void> {
  for (const chain of chains) checkWhole(chain, tally);
  for (const { name, delivered } of chains) {
    const seen = new Set<string>();
    for (const { origin, id, transactionHash } of delivered) {
      const key = `${origin}/${id}`;
      tally.require(
        !seen.has(key),
        `${name} took message ${id} twice, the second time in ${transactionHash}.`,
      );
      seen.add(key);
      const from = chains.find(({ chainId }) => chainId === origin);
      const sent = from?.sent.find((message) => message.id === id);
      tally.require(
        sent !== undefined && isSameAddress(parseInteroperable(sent.sender).address, from!.application),
        `${name} took message ${id} in transaction ${transactionHash}, which the market on chain ${origin} never sent.`,
      );
    }
  }
  let underWay = 0;
  for (const { id, origin, destination, delivered } of evidence.messages) {
    const to = chains.find(({ chainId }) => chainId === destination);
    const sent = chains.find(({ chainId }) => chainId === origin)?.sent.find((message) => message.id === id);
    tally.require(
      to !== undefined && isSameAddress(parseInteroperable(sent!.recipient).address, to.application),
      `Message ${id} of chain ${origin} is for ${sent?.recipient}, which is not the market's contract there.`,
    );
    if (delivered === undefined) underWay++;
    tally.count();
  }
  if (underWay > 0) tally.note(`${underWay} of them were sent and not delivered yet.`);
}

function checkWhole({ name, sent, outbox, place }: GatheredChain, tally: Tally): void {
  const tree = new MerkleTree();
  for (const message of sent) {
    tally.require(
      message.nonce === tree.count,
      `${name} sent nonce ${message.nonce} where ${tree.count} was next.`,
    );
    const own = messageId(message);
    tally.require(
      own === message.id,
      `Message ${message.nonce} of ${name} states the id ${message.id}, but is ${own}.`,
    );
    tree.append(message.id);
  }
  const root = PROOF_KINDS[place.proofs].keepsOutbox ? tree.root() : ZeroHash;
  tally.require(
    outbox.count === tree.count && outbox.root === root,
    `The outbox of ${name} has ${outbox.count} messages under root ${outbox.root}; its events show ${tree.count} that lead to ${root}.`,
  );
}
