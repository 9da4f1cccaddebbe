import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { RevealedUpdate } from "../../protocol/leaves.ts";
import { revealsFrom } from "../../protocol/roundTimes.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";
import type { Evidence } from "./Evidence.ts";

/** A revealed update with the event that revealed it. */
export interface Reveal {
  update: RevealedUpdate;
  event: EventNamed<"UpdateRevealed">;
}

/** One round as a subchain's events tell it. */
export interface SubchainRound {
  round: number;
  /** When it opened on the main chain, Unix seconds: the same on all subchains. */
  openedAt: number;
  /** Commits are taken from here on, Unix seconds. */
  startedAt: number;
  commits: EventNamed<"UpdateCommitted">[];
  /** Set when the commit phase was closed early. */
  commitsClosed: EventNamed<"CommitsClosed"> | undefined;
  /** Reveals are taken from here on, Unix seconds. */
  revealsFrom: number;
  /** In the order of the chain. */
  reveals: Reveal[];
  /** Set when the round was closed and reported. */
  closed: EventNamed<"RoundClosed"> | undefined;
  /** Set when main went on without this round's report. */
  abandoned: EventNamed<"RoundAbandoned"> | undefined;
}

/** The rounds that began on a subchain, in their order. */
export async function subchainRounds(evidence: Evidence, chain: ChainEvidence): Promise<SubchainRound[]> {
  const { task } = evidence;
  const { schedule } = await evidence.terms();
  return Promise.all(
    eventsOf(chain, task, "RoundStarted").map(async (started): Promise<SubchainRound> => {
      const { round, openedAt } = started.args;
      const [commitsClosed] = ofRound(round, eventsOf(chain, task, "CommitsClosed"));
      const [begun] = ofRound(round, eventsOf(chain, task, "RevealsStarted"));
      const revealsOpenedAt = begun && (await chain.blockTime(begun.blockNumber));
      return {
        round,
        openedAt,
        // Round 0 begins with the epoch, not with the task's arrival.
        startedAt: round === 0 ? schedule.startTime : await chain.blockTime(started.blockNumber),
        commits: ofRound(round, eventsOf(chain, task, "UpdateCommitted")),
        commitsClosed,
        revealsFrom: revealsFrom({ openedAt, revealsOpenedAt }, schedule.commitSeconds),
        reveals: ofRound(round, eventsOf(chain, task, "UpdateRevealed")).map((event) => ({
          event,
          update: { chainId: chain.chainId, ...event.args },
        })),
        closed: ofRound(round, eventsOf(chain, task, "RoundClosed"))[0],
        abandoned: ofRound(round, eventsOf(chain, task, "RoundAbandoned"))[0],
      };
    }),
  );
}

function ofRound<E extends { args: { round: number } }>(round: number, events: readonly E[]): E[] {
  return events.filter(({ args }) => args.round === round);
}
