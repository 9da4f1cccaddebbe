import type { ProofKind } from "../../chains/clients/GatewayClient.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import { CheckpointCollector } from "./checkpoint/CheckpointCollector.ts";
import type { CheckpointSource } from "./checkpoint/CheckpointSource.ts";
import { HeaderProver } from "./header/HeaderProver.ts";
import type { Prover } from "./Prover.ts";

/** A prover for each kind of verifier. */
export function proversOf(modules: {
  sources: readonly CheckpointSource[];
  store: RelayerStore;
  listener: RelayListener;
}): Readonly<Record<ProofKind, Prover>> {
  return { checkpoint: new CheckpointCollector(modules), header: new HeaderProver(modules) };
}
