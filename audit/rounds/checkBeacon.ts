import { ZeroHash } from "ethers";

import { isBefore } from "../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { contracts } from "../../protocol/contracts.ts";
import { beaconOf } from "../../protocol/draws.ts";
import { participantsOf } from "../../protocol/participation.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import { ofKind } from "../evidence/taskMessages.ts";
import type { Tally } from "../Tally.ts";

/** For how many blocks after it a chain knows a block's hash. */
const KNOWN_BLOCKS = 256;

/**
 * What a subchain draws rounds' workers from is the hash of a block that was named in it, after enrolment and before
 * anybody could know it; it was drawn once, and the settlement and main have the same. Where all take part in each round
 * nothing is drawn. Part of the check `updates`.
 */
export async function checkBeacon(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { main, manager, task } = evidence;
  const { workersPerRound, schedule } = await evidence.terms();
  const named = eventsOf(chain, task, "BeaconNamed");
  const [drawn, ...more] = eventsOf(chain, task, "BeaconDrawn");
  const enrolled = enrolmentsOf(chain, task).length;
  const isNeeded = participantsOf({ enrolled, workersPerRound }) < enrolled;
  tally.require(
    isNeeded || named.length + (drawn === undefined ? 0 : 1) === 0,
    `${chain.name} drew workers for rounds of a task in which all of its ${enrolled} take part.`,
  );
  tally.require(
    more.length === 0,
    `${chain.name} drew a second beacon in transaction ${more[0]?.transactionHash}.`,
  );
  let expires = -1;
  for (const { args, blockNumber, transactionHash } of named) {
    const what = `The naming of a block in transaction ${transactionHash} on ${chain.name}`;
    tally.require(
      args.blockNumber === blockNumber,
      `${what} names block ${args.blockNumber} and is in block ${blockNumber}: its hash could be known.`,
    );
    const time = await chain.blockTime(blockNumber);
    tally.require(
      time >= schedule.startTime,
      `${what} is at ${time}; workers enrolled until ${schedule.startTime}.`,
    );
    tally.require(
      blockNumber > expires,
      `${what} came while the hash of the block that was named before could be taken, which it could until block ${expires}.`,
    );
    expires = blockNumber + KNOWN_BLOCKS;
  }
  if (drawn !== undefined) {
    const { beacon, blockNumber, blockHash } = drawn.args;
    const last = named.findLast((event) => isBefore(event, drawn));
    const what = `The beacon of ${chain.name}, drawn in transaction ${drawn.transactionHash},`;
    tally.require(
      last?.args.blockNumber === blockNumber,
      `${what} is of block ${blockNumber}; ${last?.args.blockNumber ?? "none"} was named.`,
    );
    const hash = await chain.blockHash(blockNumber);
    tally.require(
      blockHash === hash,
      `${what} is of the hash ${blockHash}; block ${blockNumber} has ${hash}.`,
    );
    const due = beaconOf(chain.chainId, applicationOf(chain.place), task, hash);
    tally.require(beacon === due, `${what} is ${beacon}; that block gives ${due}.`);
  }
  await checkTold(evidence, chain, drawn?.args.beacon ?? ZeroHash, tally);
  if (!isNeeded) return;
  const told = await main.state(contracts.TaskManager, manager, "beaconOf", task, chain.chainId);
  tally.require(
    told === ZeroHash || told === drawn?.args.beacon,
    `Main holds ${told} as the beacon of ${chain.name}, which drew ${drawn?.args.beacon ?? "none"}.`,
  );
}

/** The settlement says what was drawn. */
async function checkTold(
  evidence: Evidence,
  chain: ChainEvidence,
  beacon: string,
  tally: Tally,
): Promise<void> {
  for (const { body, transactionHash } of ofKind(evidence.messagesFrom(chain), "EpochSettled")) {
    tally.require(
      body.beacon === beacon,
      `${chain.name} settled in transaction ${transactionHash} with the beacon ${body.beacon}; its rounds were drawn from ${beacon}.`,
    );
  }
}
