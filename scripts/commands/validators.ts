import { Command } from "commander";

import { readJoinFile } from "../../chains/membership/joinRequest.ts";
import {
  believedValidators,
  type RotationState,
  rotateOn,
  soundSet,
} from "../../chains/membership/validatorRotation.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { chainsOf, editNetworkFile, type NetworkFile } from "../../chains/networks/networkFile.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import { comparedChains } from "../comparedChains.ts";
import { DEFAULT_NETWORK_FILE } from "../openNetwork.ts";
import { NODE_OPTION, ownNode } from "../ownNode.ts";
import { printTable } from "../printTable.ts";
import { addresses, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

interface ListOptions {
  node?: string;
  network: string;
  json?: boolean;
}

const list = new Command("list")
  .description("list the validators that each chain believes, and those that come after them")
  .option(...NODE_OPTION)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (options: ListOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const { network, node } = await ownNode(options, []);
    const clients = await NetworkClients.connect(network);
    const compared = comparedChains(network, node, terminal);
    try {
      const found = await Promise.all(
        chainsOf(network).map((place) => believedValidators(compared.chain(place.name), network, place)),
      );
      const inWords = (set: { threshold: number; validators: readonly string[] }) =>
        `${set.threshold} of ${set.validators.map((address) => shortAddress(address)).join(" ")}`;
      printTable(terminal, {
        columns: ["chain", "of", "validators", "scheduled"].map((header) => ({ header })),
        rows: found
          .flat()
          .map(({ chain, origin, current, scheduled }) => [
            chain,
            origin,
            inWords(current),
            scheduled === undefined ? "" : `${inWords(scheduled)} from ${timeOf(scheduled.activeFrom)}`,
          ]),
      });
      terminal.result(found.flat());
    } finally {
      compared.close();
      clients.close();
    }
  });

interface RotateOptions extends ListOptions {
  remove: string[];
  threshold?: string;
}

const rotate = new Command("rotate")
  .description(
    "change the validators on every chain, as far as it can be done now; repeat it with the same words until all are in force",
  )
  .argument("[files...]", "what new validators' `freshet join --role validator` printed")
  .option("--remove <addresses...>", "validators that go", [])
  .option("--threshold <number>", "how many must sign (default: as many as now)")
  .option(...NODE_OPTION)
  .option("--network <file>", "network file; gets the new validators", DEFAULT_NETWORK_FILE)
  .option("--json", "print JSON")
  .action(async (paths: string[], options: RotateOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const joining = (await Promise.all(paths.map(readJoinFile)))
      .flatMap(({ requests }) => requests)
      .filter(({ role }) => role === "validator");
    const removed = addresses(options.remove, "--remove");
    if (joining.length === 0 && removed.length === 0 && options.threshold === undefined) {
      throw new BaseError("NOTHING_TO_CHANGE", "Nothing is to be changed.", {
        next: "Name files of new validators, --remove, or --threshold; ./freshet validators list shows what there is.",
      });
    }
    // Locally the deployer owns everything.
    const role = options.node === undefined ? "deployer" : "proposer";
    const { network, node, keys } = await ownNode(options, [role]);
    requireOf(network, joining);
    const clients = await NetworkClients.connect(network, keys && { keys });
    const compared = comparedChains(network, node, terminal);
    try {
      const { main } = network;
      // Those that stay are named anew everywhere: one endpoint that lies would name them otherwise.
      const [now] = await believedValidators(compared.chain(main.name), network, main);
      const staying = now!.current.validators.filter(
        (address) => !removed.includes(address) && !joining.some(({ member }) => member === address),
      );
      const { threshold } = now!.current;
      const target = soundSet(
        [...staying, ...joining.map(({ member }) => member)],
        options.threshold === undefined ? threshold : wholeNumber(options.threshold, "--threshold", 1, 255),
      );
      const states: RotationState[] = [];
      for (const place of chainsOf(network)) {
        terminal.status(`${place.name} …`);
        const account = await clients.account(place.name, role);
        for (const state of await rotateOn(account, network, place, target)) states.push(state);
      }
      terminal.status();
      const known = [
        ...joining.map(({ member, url }) => ({ address: member, url: url! })),
        ...network.validators.filter(({ address }) => !joining.some(({ member }) => member === address)),
      ];
      const isOver = states.every(({ state }) => state === "in-force");
      // Until all chains believe the new ones, some need signatures of the old.
      const validators = isOver ? known.filter(({ address }) => target.validators.includes(address)) : known;
      await editNetworkFile(options.network, (file) => ({ ...file, validators }));
      printTable(terminal, {
        columns: ["chain", "of", "state", "from"].map((header) => ({ header })),
        rows: states.map((one) => [
          one.chain,
          one.origin,
          STATES[one.state],
          "from" in one ? timeOf(one.from) : "",
        ]),
      });
      if (isOver) terminal.done(`all chains believe them; ${options.network} has them: give it to everybody`);
      else {
        terminal.line(
          `${options.network} has old and new validators: give it to everybody. Then repeat this, after the times above.`,
        );
      }
      terminal.result({ target, states, isOver });
    } finally {
      compared.close();
      await clients.stop();
      clients.close();
    }
  });

const STATES = {
  "in-force": "in force",
  proposed: "proposed to the owner's timelock; is executed by repeating this",
  scheduled: "scheduled; is applied by repeating this",
} as const;

/** `freshet validators`. */
export const validatorsCommand = new Command("validators").addCommand(list).addCommand(rotate);

/** @throws `JOIN_OTHER_NETWORK`. */
function requireOf(
  { main }: NetworkFile,
  joining: readonly { member: string; contract: string; chainId: number }[],
) {
  const stranger = joining.find(
    ({ contract, chainId }) => contract !== main.contracts.gateway || chainId !== main.chainId,
  );
  if (stranger === undefined) return;
  throw new BaseError("JOIN_OTHER_NETWORK", `What ${stranger.member} signed is not for this network.`, {
    details: `It is for ${stranger.contract} on chain ${stranger.chainId}; this network has ${main.contracts.gateway} on chain ${main.chainId}.`,
    next: "Have it made again with this network's file.",
  });
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000", "");
}
