import { Subchain } from "../../../chains/clients/Subchain.ts";
import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { RemoteStore } from "../../../storage/RemoteStore.ts";
import { decodeTaskSpec, type MenuTypes } from "../../../tasks/taskSpec.ts";
import { type ComparedSettlement, compareSettlement, type SettledWorker } from "./compareSettlement.ts";

/** A settled task beside what the contract theory predicted. */
export interface SettlementReport extends ComparedSettlement {
  taskId: string;
  status: string;
  /** Subchains of the task that have not settled yet. */
  unsettled: string[];
}

/**
 * Reads a settled task from its chains and storage, and compares realized freshness, utilities and budget with the
 * theory's.
 *
 * @throws `NOT_SETTLED` when no subchain has settled the task's epoch.
 *
 * @example
 * (await settlementReport(network, clients, 1n)).workers[0]?.realized.meanAgeSeconds;
 */
export async function settlementReport(
  network: NetworkFile,
  clients: NetworkClients,
  task: bigint,
): Promise<SettlementReport> {
  const { main } = clients;
  const [state, terms, escrow, menu, events] = await Promise.all([
    main.taskOf(task),
    main.termsOf(task),
    main.escrowOf(task),
    main.menuOf(task),
    main.client.events(main.contracts, network.main.fromBlock),
  ]);
  const places = network.subchains.filter(({ chainId }) => terms.subchains.includes(BigInt(chainId)));
  const settled = await Promise.all(
    places.map((place) => settledWorkers(new Subchain(clients.client(place.name), place), task)),
  );
  const unsettled = places.filter((_, i) => settled[i] === undefined).map(({ name }) => name);
  if (unsettled.length === places.length) {
    throw new BaseError("NOT_SETTLED", `No subchain has settled task ${task} yet.`, {
      details: `Its epoch lasts ${terms.schedule.epochSeconds} s; afterwards the keeper settles it.`,
      next: "Wait for the epoch's end, or call settle on the subchains.",
    });
  }
  const ofTask = events.filter(({ args }) => args.task === task);
  const claims = new Map(
    ofTask
      .filter(({ name }) => name === "RewardClaimed")
      .map(({ args }) => [
        `${args.chainId}/${args.worker}`,
        { acceptedRounds: Number(args.acceptedRounds), paid: args.amount as bigint },
      ]),
  );
  const worstCase = ofTask.find(({ name }) => name === "TaskPublished")!.args.worstCase as bigint;
  const seats = BigInt(terms.maxWorkers) * BigInt(terms.subchains.length);
  const largest = menu.reduce((most, { reward }) => (reward > most ? reward : most), 0n);
  const types = await typesOf(network, terms.specDigest);
  const compared = compareSettlement({
    terms: { menu, bonus: worstCase / seats - largest },
    epochSeconds: terms.schedule.epochSeconds,
    rounds: state.round,
    places: Number(seats),
    escrow,
    workers: settled.flatMap((workers, i) =>
      (workers ?? []).map((worker) => {
        const claim = claims.get(`${places[i]!.chainId}/${worker.worker}`);
        return claim === undefined ? worker : { ...worker, claim };
      }),
    ),
    ...(types !== undefined && { types }),
  });
  return { taskId: String(task), status: state.status, unsettled, ...compared };
}

/** What a subchain recorded of its workers, in the order of enrolment; undefined before it has settled. */
async function settledWorkers(subchain: Subchain, task: bigint): Promise<SettledWorker[] | undefined> {
  const all = await subchain.client.events(subchain.contracts, subchain.place.fromBlock);
  const events = all.filter(({ args }) => args.task === task);
  if (!events.some(({ name }) => name === "EpochClosed")) return undefined;
  const refreshes = new Map<string, number>();
  for (const { name, args } of events) {
    const worker: string | undefined =
      name === "DataRefreshed" ? args.worker : name === "TwinSynchronized" ? args.twin : undefined;
    if (worker !== undefined) refreshes.set(worker, (refreshes.get(worker) ?? 0) + 1);
  }
  return events
    .filter(({ name }) => name === "WorkRecorded")
    .map(({ args }) => ({
      worker: args.worker,
      chain: subchain.place.name,
      item: Number(args.item),
      refreshes: refreshes.get(args.worker) ?? 0,
      coveredSeconds: Number(args.coveredSeconds),
      ageSquares: args.ageSquares,
    }));
}

/** The types that the task's menu was solved from, if it was and its specification can be read. */
async function typesOf(network: NetworkFile, specDigest: string): Promise<MenuTypes | undefined> {
  const storage = new RemoteStore({ servers: [network.storage.url] });
  try {
    const { menu } = decodeTaskSpec(await storage.get(specDigest as Digest)).reward;
    return "types" in menu ? menu.types : undefined;
  } catch (cause) {
    // The chains alone still tell what was measured and paid.
    if (cause instanceof BaseError) return undefined;
    throw cause;
  }
}
