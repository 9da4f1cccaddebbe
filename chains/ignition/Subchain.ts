import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A subchain: gateway and verifier, worker registry, learning subchain and the policies whose periods it reads. */
export default buildModule("Subchain", (m) => {
  const owner = m.getAccount(0);
  const space = m.getParameter("space");
  const delaySeconds = m.getParameter("delaySeconds");
  const gateway = m.contract("Gateway", [owner, delaySeconds]);
  const verifier = m.contract("CheckpointVerifier", [owner, delaySeconds]);
  const policy = m.contract("AoIContractPolicy");
  const registry = m.contract("WorkerRegistry", [owner, space]);
  const subchain = m.contract("LearningSubchain", [owner, m.getParameter("relayChainId"), space, registry]);
  m.call(subchain, "addPolicy", [policy]);
  return { gateway, verifier, policy, registry, subchain };
});
