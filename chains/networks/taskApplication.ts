import { contracts } from "../../protocol/contracts.ts";
import { SPACE_OF } from "../../protocol/Space.ts";
import { readContract } from "../clients/readContract.ts";
import type { Application } from "./Application.ts";

/** Tasks: the application of all mechanisms that train. */
export const taskApplication: Application = {
  name: "tasks",

  deploy(m, { role, owner, escrow, registry, mechanisms }) {
    const relay = m.getParameter("relayChainId", 0);
    if (role === "virtual" || role === "physical") {
      const subchain = m.contract("LearningSubchain", [owner, relay, m.getParameter("space"), registry!]);
      for (const [i, meter] of mechanisms.entries()) {
        m.call(subchain, "addMeter", [meter], { id: `addMeter${i}` });
      }
      return subchain;
    }
    const times = [m.getParameter("minReportSeconds"), m.getParameter("minClaimSeconds")];
    const termsCheck = m.contract("TermsCheck", times);
    const manager =
      role === "main"
        ? m.contract(
            "TaskManager",
            [
              owner,
              relay,
              escrow!,
              termsCheck,
              m.contract("CreditCheck"),
              m.getParameter("unitFee"),
              m.getParameter("feeCollector"),
            ],
            { libraries: { Agreement: m.library("Agreement") } },
          )
        : m.contract("CrossChainManager", [owner, m.getParameter("mainChainId"), termsCheck]);
    for (const [i, policy] of mechanisms.entries()) {
      m.call(manager, "addPolicy", [policy], { id: `addPolicy${i}` });
    }
    return manager;
  },

  meet(owner, place, other) {
    if (place.role !== "relay" || other.role === "main" || other.role === "relay") return [];
    const manager = { contract: contracts.CrossChainManager, address: place.contracts.applications.tasks };
    const space = SPACE_OF[other.role];
    return [
      {
        name: `register ${other.name}`,
        async isDone(block) {
          const chain = await readContract(owner.client, manager, "chainOf", [BigInt(other.chainId)], block);
          return chain.space === space;
        },
        take: () => owner.send(manager, "registerChain", [BigInt(other.chainId), space]),
      },
    ];
  },
};
