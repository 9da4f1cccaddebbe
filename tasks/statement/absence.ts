import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import type { TaskView } from "../view/TaskView.ts";
import type { AbsenceStatement } from "./Statement.ts";

/** What is known of an address that never enrolled. */
export interface AbsenceParameters {
  network: Pick<NetworkFile, "subchains">;
  /** Ids of the task's subchains on which it is registered as a worker. */
  registeredOn: ReadonlySet<bigint>;
}

/** Why an address has no part in a task, as far as the chains know; what it decided itself they do not. */
export function absence(
  view: TaskView,
  worker: string,
  { network, registeredOn }: AbsenceParameters,
): AbsenceStatement {
  const { task, terms, mechanismTerms, status } = view;
  const why: string[] = [];
  if (status === "Rejected") why.push("The relay chain refused the task: nobody could enrol.");
  for (const { chainId, arrivedAt, workers } of view.subchains) {
    const name =
      network.subchains.find((place) => BigInt(place.chainId) === chainId)?.name ?? String(chainId);
    if (!registeredOn.has(chainId)) {
      why.push(`On ${name} it is not registered as a worker: the subchain takes no enrolment of its.`);
      continue;
    }
    if (arrivedAt === undefined) why.push(`The task never arrived on ${name}.`);
    else if (arrivedAt >= terms.schedule.startTime) {
      why.push(`The task arrived on ${name} when its time to enrol was over.`);
    } else if (workers.length >= terms.maxWorkers) {
      why.push(`All ${terms.maxWorkers} places on ${name} were taken by others.`);
    } else {
      why.push(
        `It could have enrolled on ${name} and did not, or its transaction was refused: its own log says why it stayed away.`,
      );
    }
  }
  const { excluded } = knownMechanism(terms.mechanism)?.statement ?? {};
  const left = mechanismTerms === undefined ? undefined : excluded?.(worker, mechanismTerms);
  if (left !== undefined) why.push(left);
  return { taskId: String(task), worker, why };
}
