import type { ChainClient, ChainEvent } from "../chains/clients/ChainClient.ts";
import { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { MainChain } from "../chains/clients/MainChain.ts";
import { chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import { acceptedCount } from "../protocol/acceptance.ts";

/** A finalized round. */
export interface RoundSummary {
  /** From 1. */
  round: number;
  accuracy: number;
  /** Accepted updates by space. */
  updates: { virtual: number; physical: number };
  globalDigest: string;
}

/** What a worker was paid, and for what. */
export interface PaymentSummary {
  worker: string;
  chain: string;
  /** Number of its own type in the menu, from 1; only known where its private cost is. */
  type: number | null;
  /** Number of the item it chose, from 1. */
  item: number;
  coveredSeconds: number;
  epochSeconds: number;
  acceptedRounds: number;
  /** Wei, decimal. */
  paid: string;
}

/** A task as its chains tell it. */
export interface TaskSummary {
  taskId: string;
  status: string;
  rounds: RoundSummary[];
  finalAccuracy: number | null;
  payments: PaymentSummary[];
  /** Wei, decimal. */
  escrow: { funded: string; paid: string; refunded: string };
}

/** Connected clients of a network's chains, by chain name. */
export type NetworkClients = ReadonlyMap<string, ChainClient>;

/**
 * Reads a task's story from the chains.
 *
 * @param typeOf - The number, from 1, of a worker's own type, where the caller knows it.
 */
export async function taskSummary(
  network: NetworkFile,
  clients: NetworkClients,
  task: bigint,
  typeOf: (worker: string) => number | null = () => null,
): Promise<TaskSummary> {
  const main = new MainChain(clients.get(network.main.name)!, network.main);
  const [state, terms, account, events] = await Promise.all([
    main.taskOf(task),
    main.termsOf(task),
    main.escrowOf(task),
    main.client.events(main.contracts, network.main.fromBlock),
  ]);
  const ofTask = events.filter((event) => event.args.task === task);
  const roles = terms.subchains.map((id) => network.subchains.find(({ chainId }) => BigInt(chainId) === id));
  const rounds = ofTask.filter(({ name }) => name === "RoundFinalized").map((event) => roundOf(event, roles));
  const payments = ofTask
    .filter(({ name }) => name === "RewardClaimed")
    .map(({ args }): PaymentSummary => {
      const place = network.subchains.find(({ chainId }) => BigInt(chainId) === args.chainId);
      return {
        worker: args.worker,
        chain: place?.name ?? String(args.chainId),
        type: typeOf(args.worker),
        item: Number(args.item) + 1,
        coveredSeconds: Number(args.coveredSeconds),
        epochSeconds: terms.schedule.epochSeconds,
        acceptedRounds: Number(args.acceptedRounds),
        paid: String(args.amount),
      };
    })
    .sort((a, b) => a.chain.localeCompare(b.chain) || a.item - b.item || a.worker.localeCompare(b.worker));
  return {
    taskId: String(task),
    status: state.status,
    rounds,
    finalAccuracy: rounds.at(-1)?.accuracy ?? null,
    payments,
    escrow: {
      funded: String(account.funded),
      paid: String(account.paid),
      refunded: String(account.refunded),
    },
  };
}

/** How many messages the network's gateways have sent and delivered, over all tasks. */
export async function messageCounts(
  network: NetworkFile,
  clients: NetworkClients,
): Promise<{ sent: number; delivered: number }> {
  const counts = await Promise.all(
    chainsOf(network).map(async (place) => {
      const gateway = new GatewayClient(clients.get(place.name)!.rpc, place);
      const head = await gateway.header("latest");
      const { sent, delivered } = await gateway.events(place.fromBlock, head?.number ?? 0);
      return { sent: sent.length, delivered: delivered.length };
    }),
  );
  return {
    sent: counts.reduce((sum, { sent }) => sum + sent, 0),
    delivered: counts.reduce((sum, { delivered }) => sum + delivered, 0),
  };
}

function roundOf({ args }: ChainEvent, roles: readonly ({ role: string } | undefined)[]): RoundSummary {
  const updates = { virtual: 0, physical: 0 };
  for (const [i, place] of roles.entries()) {
    if (place?.role !== "virtual" && place?.role !== "physical") continue;
    updates[place.role] += acceptedCount(args.accepted[i] as bigint[]);
  }
  return {
    round: Number(args.round) + 1,
    accuracy: Number(args.accuracyBps) / 10_000,
    updates,
    globalDigest: args.globalModel,
  };
}
