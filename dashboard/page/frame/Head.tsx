import { Elapsed } from "../parts/Elapsed.tsx";
import { Icon } from "../parts/Icon.tsx";
import { to } from "../router.ts";
import { connection } from "../state/connection.ts";
import { network } from "../state/network.ts";
import { theme, toggleTheme } from "../theme.ts";

/** Above every view: whose page it is, how the line to the server is, light or dark. */
export function Head() {
  const { data } = network.value;
  const other = theme.value === "dark" ? "light" : "dark";
  return (
    <header class="head">
      <a class="brand" href={to("network")}>
        <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
          <rect width="24" height="24" rx="6" fill="currentColor" />
          <path
            d="M4 9c2.7-3 5.3-3 8 0s5.3 3 8 0M4 15c2.7-3 5.3-3 8 0s5.3 3 8 0"
            fill="none"
            stroke="var(--surface)"
            stroke-width="2.2"
            stroke-linecap="round"
          />
        </svg>
        Freshet
      </a>
      <div class="head-facts">
        {data === undefined ? null : (
          <span class="network-name">
            {data.chains.length} chains
            {[...data.mechanisms, ...data.markets].map((name, i) => `${i === 0 ? " · " : ", "}${name}`)}
          </span>
        )}
        <LinkState />
        <button
          type="button"
          class="button"
          onClick={toggleTheme}
          aria-label={`Use ${other} colours`}
          title={`Use ${other} colours`}
        >
          <Icon name={theme.value === "dark" ? "sun" : "moon"} size={15} />
        </button>
      </div>
    </header>
  );
}

function LinkState() {
  const { state, since } = connection.value;
  switch (state) {
    case "open":
      return (
        <span class="link-state good-text">
          <Icon name="dot" size={12} /> live
        </span>
      );
    case "connecting":
      return (
        <span class="link-state dim">
          <Icon name="clock" size={12} /> connecting
        </span>
      );
    case "lost":
      return (
        <span class="link-state bad-text">
          <Icon name="alert" size={13} /> disconnected <Elapsed since={since} />
        </span>
      );
    default:
      return state satisfies never;
  }
}
