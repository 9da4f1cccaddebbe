import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { type GatewayOptions, gatewayAndVerifiers } from "./gatewayAndVerifiers.ts";

/** The relay chain: gateway and verifiers, cross-chain manager and the policies whose terms it verifies. */
export default (options: GatewayOptions) =>
  buildModule("RelayChain", (m) => {
    const owner = m.getAccount(0);
    const policy = m.contract("AoIContractPolicy");
    const manager = m.contract("CrossChainManager", [owner, m.getParameter("mainChainId")]);
    m.call(manager, "addPolicy", [policy]);
    return { ...gatewayAndVerifiers(m, options), policy, manager };
  });
