import { expect } from "chai";

import { type Decoded, read } from "../../chains/clients/ChainClient.ts";
import { TASK_STATUSES } from "../../protocol/messages.ts";
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
  const at = { blockTag: block };
  if (chainId === BigInt(file.main.chainId)) {
    const { manager, escrow } = file.main.contracts;
    const taskManager = network.client("main").contract("TaskManager", manager);
    const rewardEscrow = network.client("main").contract("RewardEscrow", escrow);
    const state = await read<Decoded>(taskManager, "taskOf", view.task, at);
    const account = await read<Decoded>(rewardEscrow, "accountOf", view.task, at);
    expect({
      status: TASK_STATUSES[Number(state.status)],
      round: Number(state.round),
      endedAt: Number(state.endedAt),
      globalModel: state.globalModel,
      workers: Number(state.workers),
      claims: Number(state.claims),
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
        const report = await read<Decoded>(taskManager, "reportOf", view.task, round, subchain, at);
        const reported = view.rounds[round]?.reported.get(subchain);
        expect([report.received, Number(report.revealed)]).to.deep.equal([
          reported !== undefined,
          reported ?? 0,
        ]);
      }
    }
    return;
  }
  const place = file.subchains.find((other) => BigInt(other.chainId) === chainId)!;
  const contract = network.client(place.name).contract("LearningSubchain", place.contracts.subchain);
  const chain = view.subchains.find((other) => other.chainId === chainId)!;
  const state = await read<Decoded>(contract, "taskOf", view.task, at);
  expect({
    arrived: Number(state.status) !== 0,
    settled: state.settled,
    enrolled: Number(state.enrolled),
    recorded: Number(state.recorded),
    rounds: Number(state.round) + 1,
  }).to.deep.equal({
    arrived: chain.arrivedAt !== undefined,
    settled: chain.settledAt !== undefined,
    enrolled: chain.workers.length,
    recorded: chain.workers.filter(({ work }) => work !== undefined).length,
    rounds: chain.rounds.length,
  });
  for (const [number, round] of chain.rounds.entries()) {
    const told = await read<Decoded>(contract, "roundOf", view.task, number, at);
    expect({
      openedAt: Number(told.openedAt),
      commitsClosedAt: Number(told.commitsClosedAt),
      committed: Number(told.committed),
      revealed: Number(told.revealed),
      closed: told.closed,
    }).to.deep.equal({
      openedAt: round.openedAt,
      commitsClosedAt: round.commitsClosedAt ?? 0,
      committed: round.committed.length,
      revealed: round.revealed.length,
      closed: round.closedAt !== undefined,
    });
  }
  for (const [index, { worker, refreshes }] of chain.workers.entries()) {
    const told = await read<Decoded>(contract, "workerOf", view.task, worker, at);
    expect([told.enrolled, Number(told.index), Number(told.lastRefresh)]).to.deep.equal([
      true,
      index,
      refreshes.at(-1) ?? 0,
    ]);
  }
}
