import type { MarketsView } from "../../api/MarketView.ts";
import { Answered } from "../parts/Answered.tsx";
import { Panel } from "../parts/Panel.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { to } from "../router.ts";
import { useAnswer } from "../state/useAnswer.ts";

/** The markets of the network. */
export function Markets() {
  const { answer, again } = useAnswer<MarketsView>(
    "/markets",
    ({ type }) => type === "market" || type === "network",
  );
  return (
    <>
      <h1>Markets</h1>
      <Answered answer={answer} again={again} what="The list of markets">
        {({ markets }) =>
          markets.length === 0 ? (
            <Empty title="There is no market on this network">
              <p>A market is shown here when its contracts are on the chains. A demo has one:</p>
              <CommandLine line="./freshet demo --mechanism twin-migration" />
              <CommandLine line="./freshet demo --mechanism model-trading" />
            </Empty>
          ) : (
            <div class="columns">
              {markets.map(({ name, about }) => (
                <Panel key={name} title={name}>
                  <div class="stack">
                    <p>{about}</p>
                    <p>
                      <a href={to("markets", name)}>Open the market {name}</a>
                    </p>
                  </div>
                </Panel>
              ))}
            </div>
          )
        }
      </Answered>
    </>
  );
}
