import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { chronicleOf } from "./Chronicle.ts";
import { OUTCOMES, RULES } from "./rules.ts";

/**
 * Every server's counts follow from what became of its migrations, and what the market answers about it is the mean of
 * Beta(1 + ok, 1 + bad). Counts servers.
 */
export async function checkReputation(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const { main, network } = evidence;
  const chronicle = await chronicleOf(evidence);
  const counts = new Map<string, { ok: bigint; bad: bigint; epoch: number }>();
  const changes = Map.groupBy(chronicle.of("ReputationChanged"), ({ args }) => args.server);
  const followed = new Map<string, number>();
  for (const { args, time, transactionHash } of chronicle.of("MigrationSettled")) {
    const outcome = OUTCOMES[Number(args.outcome)];
    if (outcome === "Cancelled" || outcome === "Resolved") continue;
    const server = chronicle.migrations.get(args.migration)!.requested.args.destination;
    const epoch = Math.floor(time / RULES.epochSeconds);
    const { ok, bad } = decayed(counts.get(server), epoch);
    const good = outcome === "Completed";
    const next = { ok: ok + (good ? RULES.ppm : 0n), bad: bad + (good ? 0n : RULES.ppm), epoch };
    counts.set(server, next);
    const at = followed.get(server) ?? 0;
    followed.set(server, at + 1);
    const told = changes.get(server)?.[at]?.args;
    tally.require(
      told !== undefined && told.okPpm === next.ok && told.badPpm === next.bad && told.epoch === epoch,
      `Migration ${args.migration} (${outcome}, ${transactionHash}) leaves ${server} with counts ${told?.okPpm} and ${told?.badPpm}; ${next.ok} and ${next.bad} follow.`,
    );
  }
  for (const [server, told] of changes) {
    const left = told[followed.get(server) ?? 0];
    tally.require(
      left === undefined,
      `The counts of ${server} changed in ${left?.transactionHash} without a migration that ended.`,
    );
  }
  const address = network.main.contracts.applications.twins!;
  const now = Math.floor((await main.blockTime(main.head)) / RULES.epochSeconds);
  for (const { args } of chronicle.of("ServerJoined")) {
    const { ok, bad } = decayed(counts.get(args.server), now);
    const due = (RULES.ppm * (RULES.ppm + ok)) / (2n * RULES.ppm + ok + bad);
    const told = await main.read<bigint>(migrationContracts.TwinMarket, address, "reputationOf", [
      args.server,
    ]);
    tally.require(
      told === due,
      `The market says that ${args.server} has a reputation of ${told} ppm; ${due} follows.`,
    );
    tally.count();
  }
}

function decayed(counts: { ok: bigint; bad: bigint; epoch: number } | undefined, epoch: number) {
  let [ok, bad] = [counts?.ok ?? 0n, counts?.bad ?? 0n];
  for (let left = epoch - (counts?.epoch ?? epoch); left > 0 && (ok > 0n || bad > 0n); left--) {
    ok = (ok * RULES.decay.of) / RULES.decay.per;
    bad = (bad * RULES.decay.of) / RULES.decay.per;
  }
  return { ok, bad };
}
