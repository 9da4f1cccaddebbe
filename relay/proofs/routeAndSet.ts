import type { GatewayClient, Route, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** What a gateway believes of another chain. */
export interface RouteState {
  route: Route;
  /** Who vouches for it. */
  set: ValidatorSet;
  /** What its verifier wants to see. */
  kind: ProofKind;
}

/** The route from another chain with its verifier's kind and validators. @throws `NO_ROUTE`. */
export async function routeAndSet(gateway: GatewayClient, origin: bigint): Promise<RouteState> {
  const route = await gateway.routeOf(origin);
  if (BigInt(route.gateway) === 0n) {
    throw new BaseError("NO_ROUTE", `${gateway.name} has no route from chain ${origin}.`, {
      next: "Its gateway's owner can open one.",
    });
  }
  const [set, kind] = await Promise.all([
    gateway.validatorsOf(route.verifier, origin),
    gateway.proofKindOf(route.verifier),
  ]);
  return { route, set, kind };
}
