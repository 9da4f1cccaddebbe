import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { askHint } from "../evidence/askHint.ts";
import type { Connect } from "../evidence/gatherEvidence.ts";
import type { Bundle } from "./Bundle.ts";
import type { ChainContent } from "./ChainContent.ts";
import { gatherChain } from "./gatherChain.ts";
import type { BundleSubject } from "./manifest.ts";
import { RecordingRpc } from "./RecordingRpc.ts";
import { RecordingStore } from "./RecordingStore.ts";

/** Of files that are left out, only larger ones are: specifications and scores are as small, and say what was agreed. */
const LEFT_OUT_BYTES = 4096;

/** What a bundle is gathered with. */
export interface GatherParameters {
  subject: BundleSubject;
  /** The network as everybody may have it: it goes into the bundle. */
  published: NetworkFile;
  /** The same as it is reached from here; its endpoints may have keys in them, and stay here. */
  reached: NetworkFile;
  storage: ContentStore;
  clock: Clock;
  /** Whether larger files are left out, but for their digests. */
  digestsOnly: boolean;
  /** Answers for the chains; the endpoints of `reached` unless given. */
  connect?: Connect;
}

/** What an audit goes by while a bundle is gathered from it. */
export interface RecordedSources {
  connect: Connect;
  storage: ContentStore;
  hint: (url: string) => Promise<unknown>;
}

/**
 * Makes an audit, and gathers all that it went by: whoever makes the same audit of the bundle asks the same questions.
 *
 * @param audit - Makes it, with what it is given and nothing else.
 * @returns What the audit returned, and the bundle.
 * @throws what `audit` throws, and those of `gatherChain`.
 */
export async function gatherBundle<Report>(
  {
    subject,
    published,
    reached,
    storage,
    clock,
    digestsOnly,
    connect: reach = endpointsOf,
  }: GatherParameters,
  audit: (sources: RecordedSources) => Promise<Report>,
): Promise<{ report: Report; bundle: Bundle }> {
  // The last for each chain: an audit that has to read anew asks everything again.
  const recordings = new Map<number, RecordingRpc>();
  const recorded = new RecordingStore(storage);
  const hints: Record<string, unknown> = {};
  const connect = (place: ChainPlace) => {
    const recording = new RecordingRpc(reach(place));
    recordings.set(place.chainId, recording);
    return recording;
  };
  const hint = async (url: string) => {
    hints[url] = await askHint(url);
    return hints[url];
  };
  const report = await audit({ connect, storage: recorded, hint });
  const chains: ChainContent[] = [];
  for (const place of chainsOf(reached)) {
    const recording = recordings.get(place.chainId);
    // A chain that did not answer is in no bundle.
    if (recording?.head === undefined) continue;
    const rpc = reach(place);
    try {
      chains.push(await gatherChain(place, recording, rpc));
    } finally {
      rpc.close?.();
    }
  }
  const files = new Map<Digest, Uint8Array>();
  const leftOut = new Map<Digest, number>();
  for (const [digest, bytes] of recorded.files) {
    if (digestsOnly && bytes.length > LEFT_OUT_BYTES) leftOut.set(digest, bytes.length);
    else files.set(digest, bytes);
  }
  const gathered = Math.floor(clock.now() / 1000);
  return { report, bundle: { subject, gathered, network: published, chains, files, leftOut, hints } };
}

function endpointsOf(place: ChainPlace): ClosableRpc {
  const client = ChainClient.open(place);
  return { request: (method, params) => client.rpc.request(method, params), close: () => client.close() };
}
