import { expect } from "chai";

import { toQuantity } from "ethers";

import { readContract } from "../../chains/clients/readContract.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { coverageOf } from "../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { aoiContracts } from "../../mechanisms/aoi-contract/contracts.ts";
import { decodeChoice } from "../../mechanisms/aoi-contract/encodings.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { TaskView } from "../../tasks/view/TaskView.ts";
import { openRound } from "../../tasks/view/taskPhase.ts";
import type { TestNetwork } from "./TestNetwork.ts";

/** Expects that a view of a chain's events up to a block says what the chain's getters said after that block. */
export async function expectAsGetters(
  network: TestNetwork,
  view: TaskView,
  chainId: bigint,
  block: number,
): Promise<void> {
  const { file } = network;
  const at = toQuantity(block);
  if (chainId === BigInt(file.main.chainId)) {
    const { escrow } = file.main.contracts;
    const manager = applicationOf(file.main);
    const main = network.client("main");
    const taskManager = { contract: contracts.TaskManager, address: manager };
    const rewardEscrow = { contract: contracts.RewardEscrow, address: escrow };
    const state = await readContract(main, taskManager, "taskOf", [view.task], at);
    const account = await readContract(main, rewardEscrow, "accountOf", [manager, view.task], at);
    expect({
      status: state.status,
      round: state.round,
      endedAt: state.endedAt,
      globalModel: state.globalModel,
      workers: state.workers,
      claims: state.claims,
      funded: account.funded,
      paid: account.paid,
      refunded: account.refunded,
    }).to.deep.equal({
      status: view.status,
      round: openRound(view),
      endedAt: view.endedAt ?? 0,
      globalModel: view.rounds[openRound(view) - 1]?.result?.globalModel ?? view.terms.initialModel,
      workers: view.subchains.reduce((sum, { settledWorkers = 0 }) => sum + settledWorkers, 0),
      claims: view.payments.length,
      ...view.escrow,
    });
    for (let round = 0; round < view.terms.rounds; round++) {
      for (const subchain of view.terms.subchains) {
        const report = await readContract(main, taskManager, "reportOf", [view.task, round, subchain], at);
        const reported = view.rounds[round]?.reported.get(subchain);
        expect([report.received, report.revealed]).to.deep.equal([reported !== undefined, reported ?? 0]);
      }
    }
    return;
  }
  const place = file.subchains.find((other) => BigInt(other.chainId) === chainId)!;
  const client = network.client(place.name);
  const contract = { contract: contracts.LearningSubchain, address: applicationOf(place) };
  const chain = view.subchains.find((other) => other.chainId === chainId)!;
  const state = await readContract(client, contract, "taskOf", [view.task], at);
  expect({
    arrived: state.status !== "None",
    settled: state.settled,
    enrolled: state.enrolled,
    recorded: state.recorded,
    rounds: state.round + 1,
  }).to.deep.equal({
    arrived: chain.arrivedAt !== undefined,
    settled: chain.settledAt !== undefined,
    enrolled: chain.workers.length,
    recorded: chain.workers.filter(({ work }) => work !== undefined).length,
    rounds: chain.rounds.length,
  });
  for (const [number, round] of chain.rounds.entries()) {
    const told = await readContract(client, contract, "roundOf", [view.task, number], at);
    expect({
      openedAt: told.openedAt,
      commitsClosedAt: told.commitsClosedAt,
      revealsOpenedAt: told.revealsOpenedAt,
      committed: told.committed,
      revealed: told.revealed,
      closed: told.closed,
    }).to.deep.equal({
      openedAt: round.openedAt,
      commitsClosedAt: round.commitsClosedAt ?? 0,
      revealsOpenedAt: round.revealsOpenedAt ?? 0,
      committed: round.committed.length,
      revealed: round.revealed.length,
      closed: round.closedAt !== undefined,
    });
  }
  const meter = { contract: aoiContracts.AoIMeter, address: place.contracts.meters["aoi-contract"]! };
  const { schedule } = view.terms;
  for (const [index, { worker, choice, refreshes }] of chain.workers.entries()) {
    const told = await readContract(client, contract, "workerOf", [view.task, worker], at);
    expect([told.enrolled, told.index]).to.deep.equal([true, index]);
    const freshness = await readContract(
      client,
      meter,
      "freshnessOf",
      [contract.address, view.task, worker],
      at,
    );
    expect([freshness.item, freshness.last]).to.deep.equal([
      decodeChoice(choice).item,
      refreshes.at(-1) ?? 0,
    ]);
    const from = schedule.startTime;
    const until = refreshes.at(-1) ?? from;
    const measured = coverageOf({ from, refreshes, periodSeconds: freshness.period, until });
    expect({
      coveredSeconds: BigInt(freshness.coveredSeconds),
      ageSquares: freshness.ageSquares,
    }).to.deep.equal(measured);
  }
}
