import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { type GatewayOptions, gatewayAndVerifiers } from "./gatewayAndVerifiers.ts";

/** The main chain: gateway and verifiers, task manager (which deploys its escrow), reward policies and, locally, a token. */
export default (options: GatewayOptions) =>
  buildModule("MainChain", (m) => {
    const owner = m.getAccount(0);
    const policy = m.contract("AoIContractPolicy");
    const manager = m.contract("TaskManager", [owner, m.getParameter("relayChainId")]);
    m.call(manager, "addPolicy", [policy]);
    const token = m.contract("LocalToken", [m.getParameter("tokenHolder"), m.getParameter("tokenSupply")]);
    return { ...gatewayAndVerifiers(m, options), policy, manager, token };
  });
