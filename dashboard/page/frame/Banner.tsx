import type { ChainView } from "../../api/NetworkView.ts";
import { Elapsed, ElapsedAtServer } from "../parts/Elapsed.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Moment } from "../parts/Moment.tsx";
import { serverSecond } from "../state/clock.ts";
import { connection } from "../state/connection.ts";
import { network } from "../state/network.ts";

/** How long a replaced branch is told of on every view, seconds; the network view keeps it. */
const TOLD_SECONDS = 120;

/** What makes that what is shown is not as of now: said above every view. */
export function Banner() {
  const { state, since } = connection.value;
  if (state === "lost") {
    return (
      <div class="banner bad" role="status">
        <Icon name="alert" />
        <span>
          The page's server does not answer since <Moment at={since} />{" "}
          <span aria-hidden="true">
            (<Elapsed since={since} />)
          </span>
          . What is shown is of before; it goes on by itself.
        </span>
      </div>
    );
  }
  const chains = network.value.data?.chains ?? [];
  const told = chains.map((chain) => <ChainBanner key={chain.name} chain={chain} />);
  return <>{told}</>;
}

function ChainBanner({ chain }: { chain: ChainView }) {
  const { name, connection: state, since, trouble, replaced, readUpTo, head } = chain;
  if (state === "disconnected") {
    return (
      <div class="banner bad" role="status">
        <Icon name="alert" />
        <span>
          {name} does not answer since <Moment at={since} />{" "}
          <span aria-hidden="true">
            (<ElapsedAtServer since={since} />)
          </span>
          . What is shown of it is as of block {readUpTo ?? "–"}.
          {trouble === null ? "" : ` ${trouble.message}`}
          {trouble?.next == null ? "" : ` ${trouble.next}`}
        </span>
      </div>
    );
  }
  if (state === "reading") {
    return (
      <div class="banner" role="status">
        <Icon name="clock" />
        <span>
          {name} is being read for the first time: block {readUpTo ?? 0} of {head?.number ?? "–"}.
        </span>
      </div>
    );
  }
  const last = replaced.at(-1);
  const fresh = last !== undefined && serverSecond.value - last.foundAt < TOLD_SECONDS;
  if (state === "rereading" || fresh) {
    const span =
      last === undefined || last.above === null
        ? "Blocks that were shown"
        : `Blocks ${last.above + 1}${last.upTo === null || last.upTo === last.above + 1 ? "" : ` to ${last.upTo}`}`;
    return (
      <div class="banner" role="status">
        <Icon name="alert" />
        <span>
          {span} of {name} were replaced by others
          {last === undefined ? (
            ""
          ) : (
            <>
              , found at <Moment at={last.foundAt} />
            </>
          )}
          .{" "}
          {state === "rereading"
            ? "The chain is being read again; what is shown is of before."
            : "The chain was read again; what is shown is of the new branch."}
        </span>
      </div>
    );
  }
  return null;
}
