import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { buildTerms } from "./buildTerms.ts";
import { initialModel } from "./initialModel.ts";
import { startWithBlocks } from "./startWithBlocks.ts";
import { encodeTaskSpec, type TaskSpec } from "./taskSpec.ts";
import { inFieldsOfFile } from "./termFields.ts";

/** A task as it was published. */
export interface PublishedTask {
  task: bigint;
  terms: TaskTerms;
  /** As its mechanism decodes them. */
  mechanismTerms: string;
  /** Escrow, wei. */
  budget: bigint;
}

/**
 * Stores a task's specification and initial model and publishes the task with its escrow.
 *
 * @param modules - `subchains`: the task's, with whose blocks its epoch begins if it can.
 * @throws `BALANCE_TOO_SMALL` before anything is sent; `ContractRevert` when the main chain refuses.
 */
export async function publishTask(
  spec: TaskSpec,
  modules: {
    network: NetworkFile;
    main: MainChain;
    publisher: ChainAccount;
    storage: ContentStore;
    subchains?: readonly Subchain[];
  },
): Promise<PublishedTask> {
  const { network, main, publisher, storage, subchains = [] } = modules;
  const [specDigest, model, now] = await Promise.all([
    storage.put(encodeTaskSpec(spec)),
    storage.put(initialModel(spec)),
    main.client.time(),
  ]);
  // Local chains make blocks on demand: their latest may be old.
  const time = Math.max(now, Math.floor(main.client.clock.now() / 1000));
  const { enrolSeconds } = spec.schedule;
  const start = await startWithBlocks(
    time + enrolSeconds,
    subchains.map(({ client }) => client),
  );
  const digests = { specDigest, initialModel: model };
  const publication = buildTerms(spec, network, digests, start - enrolSeconds, publisher.address);
  const balance = await main.balanceOf(publisher.address, publication.token);
  if (balance < publication.budget) {
    throw new BaseError("BALANCE_TOO_SMALL", `The publisher holds less than the task's budget.`, {
      details: `${publisher.address} has ${balance} wei of ${publication.token}, the budget is ${publication.budget} wei.`,
      next: "Lower the budget or fund the account.",
    });
  }
  const { task } = await main.publish(publisher, publication).catch((error: unknown) => {
    throw inFieldsOfFile(error);
  });
  return {
    task,
    terms: publication.terms,
    mechanismTerms: publication.mechanismTerms,
    budget: publication.budget,
  };
}
