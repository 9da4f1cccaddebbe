import { describeFinality } from "../../../chains/clients/finality.ts";
import { chainsOf, originsOf, storageUrls } from "../../../chains/networks/networkFile.ts";
import { MECHANISMS } from "../../../mechanisms/mechanisms.ts";
import { shownUrl } from "../../../protocol/shownUrl.ts";
import type { ChainBeat } from "../../api/LiveEvent.ts";
import type { ChainView, NetworkTotals, NetworkView, RouteView, ServerFacts } from "../../api/NetworkView.ts";
import type { ChainFeed } from "../ChainFeed.ts";
import { vouchingKey } from "../GatewayBook.ts";
import type { NetworkWatch } from "../NetworkWatch.ts";
import type { PageBranch } from "../PageBranch.ts";
import type { MessageDesk } from "./MessageDesk.ts";
import { placeOf } from "./moneyView.ts";

/** The network as the file and the chains tell it. */
export function networkView(watch: NetworkWatch, desk: MessageDesk, server: ServerFacts): NetworkView {
  const { network } = watch;
  return {
    server,
    chains: watch.feeds.map((feed) => chainView(watch, feed)),
    routes: routeViews(watch, desk),
    storage: storageUrls(network).map(shownUrl),
    aggregators: network.aggregators.map(({ address, url }) => ({ address, url: shownUrl(url) })),
    validators: network.validators.map(({ address, url }) => ({ address, url: shownUrl(url) })),
    mechanisms: MECHANISMS.flatMap(({ name }) =>
      network.main.contracts.policies[name] === undefined ? [] : [name],
    ),
    markets: watch.markets.map(({ name }) => name),
    totals: totalsOf(watch),
  };
}

/** What of a chain changes with every block. */
export function chainBeat({ place, state }: ChainFeed<PageBranch>): ChainBeat {
  const { connection, since, trouble, head, final, readUpTo, clockLagSeconds } = state;
  return { name: place.name, connection, since, trouble, head, final, readUpTo, clockLagSeconds };
}

function chainView(watch: NetworkWatch, feed: ChainFeed<PageBranch>): ChainView {
  const { place, client, state } = feed;
  const relay = watch.feedOf(BigInt(watch.network.relay.chainId));
  const frozen = relay?.branch.book.frozen.get(client.chainId);
  return {
    ...chainBeat(feed),
    role: place.role,
    chainId: place.chainId,
    url: shownUrl(place.url),
    finality: describeFinality(place.finality),
    blockSeconds: place.blockSeconds ?? null,
    endpoints: client.endpoints.map(
      ({ url, state: standing, lagging, head, latencyMilliseconds, trouble }) => ({
        url,
        state: standing,
        lagging,
        head: head ?? null,
        latencyMilliseconds: latencyMilliseconds ?? null,
        trouble: trouble ?? null,
      }),
    ),
    contracts: contractsIn(place.contracts),
    frozen:
      frozen === undefined
        ? null
        : { since: placeOf(watch.network.relay.name, frozen), task: String(frozen.task) },
    replaced: [...state.replaced],
  };
}

/** Contracts by name, those in groups by both. */
function contractsIn(contracts: object): { name: string; address: string }[] {
  return Object.entries(contracts).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === "string") return [{ name, address: value }];
    if (typeof value !== "object" || value === null) return [];
    return contractsIn(value).map((inner) => ({ name: `${name} ${inner.name}`, address: inner.address }));
  });
}

function routeViews(watch: NetworkWatch, desk: MessageDesk): RouteView[] {
  const counts = desk.byRoute();
  return chainsOf(watch.network).flatMap((destination) => {
    const feed = watch.feedOf(BigInt(destination.chainId))!;
    const { gateway } = feed.branch.book;
    return originsOf(watch.network, destination).map((origin): RouteView => {
      const originId = BigInt(origin.chainId);
      const route = gateway.routes.get(originId);
      const key = route === undefined ? undefined : vouchingKey(route.verifier, originId);
      const validators = key === undefined ? undefined : gateway.validators.get(key);
      const scheduled = key === undefined ? undefined : gateway.scheduled.get(key);
      const stop = route?.frozen ?? route?.paused;
      const since = stop ?? route?.opened;
      return {
        origin: origin.name,
        destination: destination.name,
        state:
          route === undefined
            ? "unopened"
            : route.frozen !== undefined
              ? "frozen"
              : route.paused !== undefined
                ? "paused"
                : "open",
        since: since === undefined ? null : placeOf(destination.name, since),
        by: stop?.by ?? null,
        verifier: route?.verifier ?? null,
        proofs: origin.proofs,
        validators:
          validators === undefined
            ? null
            : { threshold: validators.threshold, addresses: [...validators.addresses] },
        scheduled:
          scheduled === undefined
            ? null
            : {
                threshold: scheduled.threshold,
                addresses: [...scheduled.addresses],
                activeFrom: scheduled.activeFrom,
              },
        limit: route?.limit ?? null,
        messages: counts.get(`${originId}/${destination.chainId}`) ?? {
          ...{ sent: 0, delivered: 0, open: 0, stuck: 0 },
        },
      };
    });
  });
}

function totalsOf(watch: NetworkWatch): NetworkTotals {
  let [open, workers] = [0, 0];
  let [funded, paid, refunded] = [0n, 0n, 0n];
  const ids = watch.taskIds();
  for (const id of ids) {
    const view = watch.task(id)?.view;
    if (view === undefined) continue;
    if (view.status === "Open") open++;
    for (const chain of view.subchains) workers += chain.workers.length;
    funded += view.escrow.funded;
    paid += view.escrow.paid;
    refunded += view.escrow.refunded;
  }
  return {
    tasks: ids.length + watch.droppedTasks,
    open,
    workers,
    funded: String(funded),
    paid: String(paid),
    refunded: String(refunded),
  };
}
