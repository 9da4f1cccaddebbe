import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import type { ChainContent } from "./ChainContent.ts";
import type { BundleSubject } from "./manifest.ts";

/** All that an audit of a task, or of a market, needs. */
export interface Bundle {
  subject: BundleSubject;
  /** When it was gathered, Unix seconds. */
  gathered: number;
  /** The network file, as everybody may have it. */
  network: NetworkFile;
  /** The chains that could be read. */
  chains: readonly ChainContent[];
  /** Files of storage, by digest. */
  files: ReadonlyMap<Digest, Uint8Array>;
  /** Files of which only the digest is known, with their bytes. */
  leftOut: ReadonlyMap<Digest, number>;
  /** What services of the network answered, by where they were asked. */
  hints: Readonly<Record<string, unknown>>;
}
