import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The relay chain: gateway and verifier, cross-chain manager and the policies whose terms it verifies. */
export default buildModule("RelayChain", (m) => {
  const owner = m.getAccount(0);
  const delaySeconds = m.getParameter("delaySeconds");
  const gateway = m.contract("Gateway", [owner, delaySeconds]);
  const verifier = m.contract("CheckpointVerifier", [owner, delaySeconds]);
  const policy = m.contract("AoIContractPolicy");
  const manager = m.contract("CrossChainManager", [owner, m.getParameter("mainChainId")]);
  m.call(manager, "addPolicy", [policy]);
  return { gateway, verifier, policy, manager };
});
