import { Command } from "commander";
import { getAddress } from "ethers";

import { readMarketChain } from "../../audit/evidence/gatherMarket.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { requireMarket } from "../../mechanisms/markets.ts";
import { type StatedMarket, statedMarket } from "../../mechanisms/statedMarket.ts";
import { statedMarketRows } from "../../mechanisms/statedMarketRows.ts";
import { tellStatedMarket } from "../../mechanisms/tellStatedMarket.ts";
import { ADDRESS, isWhole, oneMeant } from "../../protocol/abbreviated.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { type FormOptions, formsTerminal, tellForms } from "../resultForms.ts";
import type { Terminal } from "../Terminal.ts";

interface StatementOptions extends FormOptions {
  network: string;
  node?: string;
  full?: boolean;
}

/** `freshet market statement`. */
export const marketStatementCommand = new Command("statement")
  .description(
    "tell what each party of a mechanism's market paid and earned, and why it was not more, to the wei",
  )
  .argument("<mechanism>", "whose market")
  .argument(
    "[party]",
    "its address, or as much of it as tells it from the market's others; all parties unless given",
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--full", "all digits of addresses and transactions")
  .option("--json", "print JSON")
  .option("--csv", "print CSV, a row for each thing that a party put money into or got some of")
  .option("--out <file>", "write it to a file: JSON, or CSV with --csv")
  .action(async (mechanism: string, written: string | undefined, options: StatementOptions) => {
    const terminal = formsTerminal(options);
    const market = requireMarket(mechanism);
    // What is no address is refused before any chain is asked.
    if (written !== undefined) isWhole(written, ADDRESS);
    const { network } = await ownNode(options, []);
    const clients = await NetworkClients.connect(network);
    try {
      const { client, place } = clients.main;
      const { number } = await client.header("latest");
      const stated = await statedMarket(market, await readMarketChain(client, place, market, number));
      const party = written === undefined ? undefined : meantParty(written, stated);
      const parties = stated.parties.filter((one) => party === undefined || one.party === party);
      await tell(terminal, { ...stated, parties }, options);
    } finally {
      await clients.stop();
      clients.close();
    }
  });

async function tell(terminal: Terminal, stated: StatedMarket, options: StatementOptions): Promise<void> {
  await tellForms(
    terminal,
    {
      what: "the statement",
      report: tellStatedMarket(stated, { full: options.full === true }),
      result: stated,
      rows: () => statedMarketRows(stated),
    },
    options,
  );
}

/** Whom a person meant of a market's parties. */
function meantParty(written: string, { market, parties }: StatedMarket): string {
  const meant = oneMeant(
    written,
    ADDRESS,
    parties.map(({ party }) => party),
  );
  if (meant !== undefined) return meant;
  const who = isWhole(written, ADDRESS) ? getAddress(written.toLowerCase()) : written;
  throw new BaseError("NO_PARTY", `The market of ${market} knows nothing of ${who}.`, {
    details: "It asked for no deal, and never joined as a server.",
    next: `See who is there: ./freshet market statement ${market} --full.`,
  });
}
