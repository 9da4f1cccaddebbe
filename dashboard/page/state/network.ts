import { effect, signal } from "@preact/signals";
import type { NetworkView } from "../../api/NetworkView.ts";
import { AskError, ask } from "./ask.ts";
import { tellChainLag, tellMachineTime } from "./clock.ts";
import { hear } from "./connection.ts";
import type { Answer } from "./useAnswer.ts";

/** The network, which every view needs something of. */
export const network = signal<Answer<NetworkView>>({ data: undefined, error: undefined });

const AGAIN_MILLISECONDS = 1500;
/** Chains beat with every block; the whole is asked for no more often than this. */
const PAUSE_MILLISECONDS = 1000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps the network up to date from now on. */
export function followNetwork(): void {
  hear((event) => {
    switch (event.type) {
      case "chain": {
        const { data } = network.peek();
        if (data === undefined) return;
        const chains = data.chains.map((chain) =>
          chain.name === event.chain.name ? { ...chain, ...event.chain } : chain,
        );
        network.value = { data: { ...data, chains }, error: undefined };
        return;
      }
      case "network":
      case "replaced":
      case "reset":
      case "tasks":
        askSoon(PAUSE_MILLISECONDS);
        return;
      default:
    }
  });
  effect(() => tellChainLag(network.value.data?.chains[0]?.clockLagSeconds ?? null));
  askAgain();
}

/** Asks for it again at once. */
export async function askAgain(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  try {
    const data = await ask<NetworkView>("/network");
    tellMachineTime(data.server.now);
    network.value = { data, error: undefined };
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    network.value = { ...network.peek(), error };
    if (error.passing) askSoon(AGAIN_MILLISECONDS);
  }
}

function askSoon(milliseconds: number): void {
  timer ??= setTimeout(askAgain, milliseconds);
}
