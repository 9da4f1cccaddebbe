import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The main chain: gateway and verifier, task manager (which deploys its escrow), reward policies and, locally, a token. */
export default buildModule("MainChain", (m) => {
  const owner = m.getAccount(0);
  const delaySeconds = m.getParameter("delaySeconds");
  const gateway = m.contract("Gateway", [owner, delaySeconds]);
  const verifier = m.contract("CheckpointVerifier", [owner, delaySeconds]);
  const policy = m.contract("AoIContractPolicy");
  const manager = m.contract("TaskManager", [owner, m.getParameter("relayChainId")]);
  m.call(manager, "addPolicy", [policy]);
  const token = m.contract("LocalToken", [m.getParameter("tokenHolder"), m.getParameter("tokenSupply")]);
  return { gateway, verifier, policy, manager, token };
});
