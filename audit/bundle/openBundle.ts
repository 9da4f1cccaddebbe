import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Bundle } from "./Bundle.ts";
import { BundledRpc } from "./BundledRpc.ts";
import { BundledStore } from "./BundledStore.ts";
import type { RecordedSources } from "./gatherBundle.ts";

/** A bundle whose parts belong together, as an audit goes by it. */
export interface OpenedBundle {
  /** The network: its own, or the auditor's, which says the same of the chains. */
  network: NetworkFile;
  sources: RecordedSources;
  /** The chains that it has, in the network's order. */
  chains: readonly BundledRpc[];
}

/**
 * Opens a bundle for an audit that connects to nothing.
 *
 * @param own - The auditor's network file, if there is one: it says whose chains and contracts these are to be.
 * @throws `BUNDLE_CONTRADICTS`; `BUNDLE_OTHER_NETWORK` when the bundle is of other chains or contracts than `own`.
 */
export async function openBundle(bundle: Bundle, own?: NetworkFile): Promise<OpenedBundle> {
  if (own !== undefined) requireSame(bundle.network, own);
  const chains: BundledRpc[] = [];
  for (const place of chainsOf(bundle.network)) {
    const content = bundle.chains.find(({ chainId }) => chainId === place.chainId);
    if (content !== undefined) chains.push(await BundledRpc.open(place, content));
  }
  const connect = ({ chainId, name }: ChainPlace): ClosableRpc =>
    chains.find(({ place }) => place.chainId === chainId) ?? {
      request: async () => {
        throw new RpcUnavailable(`The bundle has nothing of ${name}.`, {
          details: "It did not answer when the bundle was gathered.",
        });
      },
    };
  const hint = async (url: string) => {
    if (Object.hasOwn(bundle.hints, url)) return bundle.hints[url];
    throw new BaseError("BUNDLE_INCOMPLETE", `The bundle has no answer of ${url}.`);
  };
  return {
    network: own ?? bundle.network,
    sources: { connect, storage: new BundledStore(bundle), hint },
    chains,
  };
}

/** Both say the same of every chain, but for where it is asked. */
function requireSame(bundled: NetworkFile, own: NetworkFile): void {
  const told = (network: NetworkFile) =>
    new Map(
      chainsOf(network).map(({ url: _, urls: __, finality: ___, ...place }) => [
        place.chainId,
        JSON.stringify(sortedKeys(place)),
      ]),
    );
  const [theirs, ours] = [told(bundled), told(own)];
  const other = [...new Set([...theirs.keys(), ...ours.keys()])].find(
    (id) => theirs.get(id) !== ours.get(id),
  );
  const others = (["validators", "aggregators"] as const).find(
    (name) =>
      bundled[name].map(({ address }) => address).join() !== own[name].map(({ address }) => address).join(),
  );
  if (other === undefined && others === undefined) return;
  const difference =
    other === undefined
      ? `They name other ${others}.`
      : `They differ in chain ${other}: its contracts, its first block, or how it is proven.`;
  throw new BaseError("BUNDLE_OTHER_NETWORK", "The bundle is of another network than your network file.", {
    details: difference,
    next: "Leave out --network to audit it by the network file that is in it, which is its gatherer's word.",
  });
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortedKeys(inner)]),
  );
}
