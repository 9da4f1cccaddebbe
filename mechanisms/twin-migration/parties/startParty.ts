import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { KeySource } from "../../../chains/keys/KeySource.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { placeOfUrl } from "../../../protocol/ServerTls.ts";
import type { ContentStore } from "../../../storage/ContentStore.ts";
import type { MarketPlace } from "../../Market.ts";
import { MarketKeeper } from "./MarketKeeper.ts";
import type { PartyListener } from "./PartyEvent.ts";
import type { PartyModules, RunningParty } from "./PartyModules.ts";
import type { PartyPlan } from "./partyPlan.ts";
import { TwinServer } from "./TwinServer.ts";
import { Vehicle } from "./Vehicle.ts";

/** Starts a party of the market with its own connections and key. @throws as the party's `start`. */
export async function startParty(
  plan: PartyPlan,
  { network, directory, placeOf = placeOfUrl }: Pick<MarketPlace, "network" | "directory" | "placeOf">,
  outside: {
    storage: ContentStore;
    clock: Clock;
    /** Where its key is; the public development keys unless given. */
    keys?: KeySource;
    fetch?: typeof globalThis.fetch;
    listener: PartyListener;
  },
): Promise<RunningParty> {
  const clients = NetworkClients.open(network, {
    clock: outside.clock,
    ...(outside.keys && { keys: outside.keys }),
  });
  const { clock } = outside;
  const clockOf = async (client: ChainClient): Promise<Clock> => {
    const lag = await client.clockLag();
    return {
      now: () => clock.now() - lag,
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
    };
  };
  let party: RunningParty;
  try {
    const modules: PartyModules = {
      ...{ clients, directory, placeOf, storage: outside.storage, listener: outside.listener },
      clock: await clockOf(clients.main.client),
      clockOf,
      signer: clients.keys.key("party", plan.key),
      random: new SeededRandom(plan.seed, plan.role, plan.key),
      fetch: outside.fetch ?? globalThis.fetch,
    };
    party = await startRole(plan, modules);
  } catch (cause) {
    clients.close();
    throw cause;
  }
  const stop = async () => {
    await party.stop();
    await clients.stop();
    clients.close();
  };
  return { done: party.done, health: () => clients.health, stop };
}

function startRole(plan: PartyPlan, modules: PartyModules): Promise<RunningParty> {
  switch (plan.role) {
    case "vehicle":
      return Vehicle.start(plan, modules);
    case "server":
      return TwinServer.start(plan, modules);
    case "keeper":
      return MarketKeeper.start(plan, modules);
  }
}
