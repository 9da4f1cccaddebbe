import type { MechanismAudit } from "./MechanismAudit.ts";
import type { MechanismCommands } from "./MechanismCommands.ts";
import type { MechanismContracts } from "./MechanismContracts.ts";
import type { MechanismResettlement } from "./MechanismResettlement.ts";
import type { MechanismScores } from "./MechanismScores.ts";
import type { MechanismSeries } from "./MechanismSeries.ts";
import type { MechanismService } from "./MechanismService.ts";
import type { MechanismStatement } from "./MechanismStatement.ts";
import type { MechanismTask } from "./MechanismTask.ts";
import type { MechanismView } from "./MechanismView.ts";
import type { MechanismWorker } from "./MechanismWorker.ts";

/**
 * What a mechanism supplies: all that the core must know of it and does not. The core carries its terms, choices and
 * work as bytes (hex) and asks the mechanism what they mean. A new one is a folder here, one in contracts/mechanisms/
 * and a line in mechanisms.ts.
 */
export interface Mechanism {
  /** Its name in task files, the network file and on the command line. */
  readonly name: string;
  /** Its contracts: the policy on the main and the relay chain, the meter on subchains. */
  readonly contracts: MechanismContracts;
  /** Its part of a task file, and the terms that follow from it. */
  readonly task: MechanismTask;
  /** How a worker chooses, and when it refreshes. */
  readonly worker: MechanismWorker;
  /** How aggregators score workers, for a mechanism that pays by it. */
  readonly scores?: MechanismScores;
  /**
   * Whether scores look at what was synchronized to workers first. Then aggregators give no receipt for an update before
   * they hold that too, so that whoever scores can have it.
   */
  readonly scoresBatches?: boolean;
  /** What its publishers run beside their tasks, for a mechanism that needs something of them. */
  readonly service?: MechanismService;
  /** What an audit re-derives of it. */
  readonly audit: MechanismAudit;
  /** What it adds to the view of a task. */
  readonly view: MechanismView;
  /** What it has to show over time, where its tasks are a market. */
  readonly series?: MechanismSeries;
  /** How it explains a worker's pay; by rounds alone unless given. */
  readonly statement?: MechanismStatement;
  /** How it pays for what happened under other terms; under a task's own alone, with the pay of an audit, unless given. */
  readonly resettlement?: MechanismResettlement;
  /** Its report on a settled task, its solver and figures. */
  readonly commands: MechanismCommands;
}
