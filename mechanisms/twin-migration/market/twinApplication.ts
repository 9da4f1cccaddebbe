import type { Application } from "../../../chains/networks/Application.ts";
import { messageSecondsOn } from "./marketTimes.ts";

/** Wei of an 18-decimal token that stand for a micro-$: a token is a $. */
const WEI_PER_MICRO = 10n ** 12n;
/** What a server stakes: 100 $, micro-$. */
const STAKE = 100_000_000n;

/**
 * The market of twins: an application of its own beside tasks. A network has it when it is deployed with it:
 * `deployLocalNetwork(config, { mechanisms, applications: [twinApplication] })`.
 */
export const twinApplication: Application = {
  name: "twins",
  tokenDecimals: 18,

  timesOn: (chains, { messageSeconds }) => ({ messageSeconds: messageSecondsOn(chains, messageSeconds) }),

  deploy(m, { role, owner, escrow, token }) {
    const relay = m.getParameter("relayChainId", 0);
    if (role === "relay") return m.contract("TwinRelay", [owner, m.getParameter("mainChainId")]);
    if (role !== "main") return m.contract("TwinHosts", [owner, relay]);
    const values = [owner, relay, token!, escrow!, WEI_PER_MICRO, STAKE, m.getParameter("messageSeconds", 0)];
    return m.contract("TwinMarket", values, { libraries: { Completions: m.library("Completions") } });
  },
};
