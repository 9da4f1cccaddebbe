import type { MarketView } from "../../api/MarketView.ts";
import { TradeMarket } from "../markets/TradeMarket.tsx";
import { TwinMarket } from "../markets/TwinMarket.tsx";
import { Answered } from "../parts/Answered.tsx";
import { useAnswer } from "../state/useAnswer.ts";

/** One market, of models or of twins. */
export function Market({ name }: { name: string }) {
  const { answer, again } = useAnswer<MarketView>(
    `/markets/${encodeURIComponent(name)}`,
    (event) => event.type === "market" && event.name === name,
  );
  return (
    <>
      <h1>Market: {name}</h1>
      <Answered answer={answer} again={again} what="The market">
        {(view) => (view.kind === "trade" ? <TradeMarket view={view} /> : <TwinMarket view={view} />)}
      </Answered>
    </>
  );
}
