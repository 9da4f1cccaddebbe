import type { ContentStore } from "../../storage/ContentStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundWhenDue } from "../../tasks/refundWhenDue.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { follow } from "./follow.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import type { TaskSchedule } from "./TaskSchedule.ts";
import { taskSpecOf } from "./taskData.ts";
import { BLOCK_MILLISECONDS } from "./times.ts";

/** Publishes a task and takes the rest of its budget back: when it is due, or as soon as any block lets it. */
export async function runPublisher(
  schedule: TaskSchedule,
  { network, storage, tally }: { network: TaskNetwork; storage: ContentStore; tally: FaultTally },
  { clock, rpcs }: Surroundings,
): Promise<void> {
  const { main, account } = network.connect(rpcs, clock);
  const publisher = account(main.client, network.accounts.publisher);
  tally.count(`publisher: ${schedule.publisher}`);
  if (schedule.sampling !== undefined) tally.count(`sampling: ${schedule.sampling.kind}`);
  const { task } = await publishTask(taskSpecOf(schedule), {
    network: network.file,
    main,
    publisher,
    storage,
  });
  if (schedule.publisher !== "hasty") {
    const follower = await follow(main, () => undefined);
    await follower.first({ name: "TaskClosed", task });
    await refundWhenDue(main, publisher, task);
    return;
  }
  for (;;) {
    await clock.sleep(BLOCK_MILLISECONDS);
    await main.expire(publisher, task).catch(() => undefined);
    const refunded = await main.refund(publisher, task).then(
      () => true,
      () => false,
    );
    if (refunded) return;
  }
}
