import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { type GatewayOptions, gatewayAndVerifiers } from "./gatewayAndVerifiers.ts";

/** A subchain: gateway and verifiers, worker registry, learning subchain and the policies whose periods it reads. */
export default (options: GatewayOptions) =>
  buildModule("Subchain", (m) => {
    const owner = m.getAccount(0);
    const space = m.getParameter("space");
    const policy = m.contract("AoIContractPolicy");
    const registry = m.contract("WorkerRegistry", [owner, space]);
    const subchain = m.contract("LearningSubchain", [owner, m.getParameter("relayChainId"), space, registry]);
    m.call(subchain, "addPolicy", [policy]);
    return { ...gatewayAndVerifiers(m, options), policy, registry, subchain };
  });
