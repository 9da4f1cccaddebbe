import { Icon, type IconName } from "../parts/Icon.tsx";
import { place, to } from "../router.ts";
import { network } from "../state/network.ts";

/** The rooms of the page. */
export function Side() {
  const { data } = network.value;
  const [room = "network"] = place.value.parts;
  const open = data?.routes.reduce((sum, { messages }) => sum + messages.stuck, 0) ?? 0;
  const rooms: readonly { path: string; name: string; icon: IconName; count?: string }[] = [
    { path: "network", name: "Network", icon: "network" },
    {
      path: "tasks",
      name: "Tasks",
      icon: "tasks",
      ...(data === undefined ? {} : { count: String(data.totals.tasks) }),
    },
    {
      path: "messages",
      name: "Messages",
      icon: "messages",
      ...(open === 0 ? {} : { count: `${open} stuck` }),
    },
    { path: "compare", name: "Compare", icon: "compare" },
    { path: "markets", name: "Markets", icon: "map" },
  ];
  return (
    <nav class="side" aria-label="Rooms">
      <ul>
        {rooms.map(({ path, name, icon, count }) => (
          <li key={path}>
            <a href={to(path)} {...(path === room ? { "aria-current": "page" as const } : {})}>
              <Icon name={icon} size={15} />
              {name}
              {count === undefined ? null : <span class="count">{count}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
