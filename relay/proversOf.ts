import type { ProofKind } from "../chains/relay.ts";
import { CheckpointCollector } from "./CheckpointCollector.ts";
import type { CheckpointSource } from "./CheckpointSource.ts";
import { HeaderProver } from "./HeaderProver.ts";
import type { Prover } from "./Prover.ts";
import type { RelayListener } from "./RelayEvent.ts";
import type { RelayerStore } from "./RelayerStore.ts";

/** A prover for each kind of verifier. */
export function proversOf(modules: {
  sources: readonly CheckpointSource[];
  store: RelayerStore;
  listener: RelayListener;
}): Readonly<Record<ProofKind, Prover>> {
  return { checkpoint: new CheckpointCollector(modules), header: new HeaderProver(modules) };
}
