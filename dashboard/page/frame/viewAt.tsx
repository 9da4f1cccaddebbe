import type { ComponentChildren } from "preact";
import { Empty } from "../parts/States.tsx";
import { type Place, to } from "../router.ts";
import { Compare } from "../views/Compare.tsx";
import { Market } from "../views/Market.tsx";
import { Markets } from "../views/Markets.tsx";
import { Messages } from "../views/Messages.tsx";
import { Network } from "../views/Network.tsx";
import { TASK_TABS, TaskPage } from "../views/TaskPage.tsx";
import { Tasks } from "../views/Tasks.tsx";

/** What is shown at a place. */
export interface PlacedView {
  readonly title: string;
  /** What of the server's events it wants to hear. */
  readonly topics: readonly string[];
  readonly show: () => ComponentChildren;
}

/** The view of a place. */
export function viewAt({ parts, query }: Place): PlacedView {
  const [room = "network", id, tab = "", worker] = parts;
  switch (room) {
    case "network":
      return { title: "Network", topics: [], show: () => <Network /> };
    case "tasks": {
      if (id === undefined) return { title: "Tasks", topics: [], show: () => <Tasks /> };
      const named = TASK_TABS.find(({ path }) => path === tab);
      if (named === undefined) break;
      return {
        title: `Task ${id}: ${named.title}`,
        topics: [`task.${id}`, ...(tab === "audit" ? [`audit.${id}`] : [])],
        show: () => <TaskPage key={id} id={id} tab={tab} worker={worker} />,
      };
    }
    case "messages":
      return { title: "Messages", topics: ["messages"], show: () => <Messages id={id} /> };
    case "compare": {
      const ids = (query.get("tasks") ?? "").split(",").filter((one) => /^\d+$/.test(one));
      return {
        title: "Compare",
        topics: ids.map((one) => `task.${one}`),
        show: () => <Compare ids={ids} />,
      };
    }
    case "markets":
      if (id === undefined) return { title: "Markets", topics: ["markets"], show: () => <Markets /> };
      return { title: `Market ${id}`, topics: ["markets"], show: () => <Market key={id} name={id} /> };
    default:
  }
  return {
    title: "Nothing here",
    topics: [],
    show: () => (
      <Empty title="There is nothing at this address">
        <p>
          What there is begins at the <a href={to("network")}>network</a> and its{" "}
          <a href={to("tasks")}>tasks</a>.
        </p>
      </Empty>
    ),
  };
}
