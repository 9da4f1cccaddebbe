import type { IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

/** Which gateway a chain gets, and what it verifies. */
export interface GatewayOptions {
  /** `LogGateway` keeps no outbox: other chains verify its messages by block headers. */
  gateway: "Gateway" | "LogGateway";
  /** Whether messages come that are proven by block headers. */
  headerVerifier: boolean;
}

/** A chain's gateway with its verifiers, owned by the deployer. */
export function gatewayAndVerifiers(m: IgnitionModuleBuilder, { gateway, headerVerifier }: GatewayOptions) {
  const owned = [m.getAccount(0), m.getParameter("delaySeconds")];
  return {
    gateway: m.contract(gateway, owned),
    verifier: m.contract("CheckpointVerifier", owned),
    ...(headerVerifier ? { headerVerifier: m.contract("HeaderVerifier", owned) } : {}),
  };
}
