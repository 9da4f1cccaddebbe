import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { describeFinality, finalHeader } from "../../chains/clients/finality.ts";
import { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import { type ChainPlace, type NetworkFile, originsOf } from "../../chains/networks/networkFile.ts";
import { verifierOf } from "../../chains/networks/verifierOf.ts";
import { HttpRpc } from "../../chains/rpc/HttpRpc.ts";
import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { chainTimeFinding } from "./chainTimeFinding.ts";
import { type CompiledContract, isCodeOf, missingFunctions } from "./deployedCode.ts";
import { type Examination, type Finding, failureOf, together } from "./Examination.ts";
import { type ExpectedContract, expectedContracts } from "./expectedContracts.ts";

/** How long an endpoint may take for an answer, milliseconds. */
const TIMEOUT_MILLISECONDS = 5000;
/** How many blocks back the time of a block is measured. */
const MEASURED_BLOCKS = 10;

/** What chains are examined with. */
export interface ChainModules {
  clock: Clock;
  /** What was compiled here, by name. */
  compiled: ReadonlyMap<string, CompiledContract>;
}

/**
 * Looks at one chain of a network as a node reaches it: endpoints, time, finality, contracts and routes.
 *
 * @returns Whether it answers.
 */
export async function examineChain(
  examination: Examination,
  { network, place, client }: { network: NetworkFile; place: ChainPlace; client: ChainClient },
  modules: ChainModules,
): Promise<boolean> {
  const { name } = place;
  const look = (what: string, examine: () => Promise<Finding | string>) =>
    examination.look(`${name}, ${what}`, examine);
  if ((await look("endpoints", () => endpointsFinding(place, modules.clock))) === "fail") {
    try {
      await client.requireAnswer();
    } catch {
      return false;
    }
  }
  await look("time", () => timeFinding(client, modules.clock));
  await look("finality", () => finalityFinding(client.rpc, place));
  await look("contracts", () => contractsFinding(client.rpc, place, modules.compiled));
  await look("routes", () => routesFinding(client.rpc, network, place));
  return true;
}

/** Whether each endpoint answers, and for this chain. */
async function endpointsFinding(
  { name, chainId, url, urls = [] }: ChainPlace,
  clock: Clock,
): Promise<Finding> {
  const asked = await Promise.all(
    [url, ...urls].map(async (one): Promise<Finding> => {
      const shown = shownUrl(one);
      if (!/^https?:/.test(one)) return { outcome: "ok", found: `${shown} only announces blocks, not asked` };
      const rpc = new HttpRpc({ url: one, timeoutMilliseconds: TIMEOUT_MILLISECONDS }, { clock });
      const since = clock.now();
      try {
        const id = Number(await rpc.request("eth_chainId", []));
        if (id === chainId) return { outcome: "ok", found: `${shown} answers in ${clock.now() - since} ms` };
        return {
          outcome: "fail",
          found: `${shown} is of chain ${id}, not of ${name} (${chainId})`,
          next: "Name an endpoint of the right chain in the node file (endpoints).",
        };
      } catch (error) {
        const why = error instanceof BaseError ? (error.details ?? error.shortMessage) : String(error);
        return {
          outcome: "fail",
          found: `${shown} does not answer: ${why}`,
          next: "Start that node, or name another endpoint in the node file (endpoints).",
        };
      } finally {
        rpc.close();
      }
    }),
  );
  const all = together(asked);
  // One of several that does not answer costs nothing but safety; one of another chain is a mistake.
  const works = asked.some(({ outcome, found }) => outcome === "ok" && found.includes("answers in"));
  const isMistaken = asked.some(({ found }) => found.includes(" is of chain "));
  return works && !isMistaken && all.outcome === "fail" ? { ...all, outcome: "warn" } : all;
}

/** How the chain's time and this machine's are to each other. */
async function timeFinding({ rpc, chainId }: ChainClient, clock: Clock): Promise<Finding> {
  const head = await readHeader(rpc, "latest");
  if (head === undefined)
    throw new BaseError("NO_BLOCK", `Chain ${chainId} has no latest block.`, { next: "Look at its node." });
  const now = clock.now() / 1000;
  const earlier = await readHeader(rpc, Math.max(0, head.number - MEASURED_BLOCKS));
  return chainTimeFinding({ now, head, earlier });
}

/** Whether the chain has a final block under its rule, and how far that is behind the head. */
async function finalityFinding(rpc: Rpc, { finality }: ChainPlace): Promise<Finding> {
  const rule = describeFinality(finality);
  const [head, final] = await Promise.all([
    readHeader(rpc, "latest"),
    finalHeader(rpc, finality).catch((cause: unknown) => {
      const why = failureOf(cause).found;
      throw new BaseError("NO_FINAL_BLOCK", `The node answers for the rule "${rule}" with an error: ${why}`, {
        next: "Use a node that knows its chain's finalized block, or a rule of confirmations in the network file.",
      });
    }),
  ]);
  if (final === undefined || head === undefined)
    return {
      outcome: "warn",
      found: `no block is final yet (${rule})`,
      next: "Wait for blocks; when it stays so, the chain's validators do not finalize, or its node does not follow them.",
    };
  const depth = Math.max(0, head.number - final.number);
  return { outcome: "ok", found: `block ${final.number} is final, ${depth} behind the newest (${rule})` };
}

/** Whether at each address is the contract that it is taken for. */
async function contractsFinding(
  rpc: Rpc,
  place: ChainPlace,
  compiled: ReadonlyMap<string, CompiledContract>,
): Promise<Finding> {
  const expected = expectedContracts(place);
  const findings = await Promise.all(expected.map((one) => contractFinding(rpc, one, place, compiled)));
  const odd = findings.filter(({ outcome }) => outcome !== "ok");
  if (odd.length > 0) return together(odd);
  const builds = findings.filter(({ found }) => found === OTHER_BUILD).length;
  const others =
    builds === 0 ? "" : `, ${builds} of another build than this Freshet's, with all its functions`;
  return { outcome: "ok", found: `${expected.length} contracts are what they are taken for${others}` };
}

const OTHER_BUILD = "another build";

async function contractFinding(
  rpc: Rpc,
  { field, address, name, abi }: ExpectedContract,
  { name: chain, fromBlock }: ChainPlace,
  compiled: ReadonlyMap<string, CompiledContract>,
): Promise<Finding> {
  const next = `Use the network file of this network; contracts were deployed from block ${fromBlock} on.`;
  const code = (await rpc.request("eth_getCode", [address, "latest"])) as string;
  if (code === "0x") return { outcome: "fail", found: `${field}: there is no contract at ${address}`, next };
  if (field === "token") {
    await readContract({ name: chain, rpc }, { contract: contracts.LocalToken, address }, "totalSupply", []);
    return { outcome: "ok", found: "a token" };
  }
  const built = name === undefined ? undefined : compiled.get(name);
  if (built !== undefined && isCodeOf(code, built)) return { outcome: "ok", found: "as compiled here" };
  const known = [...compiled.values()].find((one) => isCodeOf(code, one));
  if (known !== undefined && name !== undefined)
    return { outcome: "fail", found: `${field}: ${address} is a ${known.contractName}, no ${name}`, next };
  if (known !== undefined) return { outcome: "ok", found: "as compiled here" };
  if (abi === undefined)
    return {
      outcome: "warn",
      found: `${field}: this Freshet does not know what is at ${address}`,
      next: "If you take part in it, use a Freshet that has it; else leave it.",
    };
  const missing = missingFunctions(code, abi);
  if (missing.length === 0) return { outcome: "ok", found: OTHER_BUILD };
  return {
    outcome: "fail",
    found: `${field}: what is at ${address} is no ${name}: it has no ${missing.slice(0, 3).join(", ")}`,
    next,
  };
}

/** Whether messages that the network file tells of can arrive: routes, verifiers and validators. */
async function routesFinding(rpc: Rpc, network: NetworkFile, place: ChainPlace): Promise<Finding> {
  const gateway = new GatewayClient(rpc, place);
  const listed = new Set(network.validators.map(({ address }) => address.toLowerCase()));
  const findings = await Promise.all(
    originsOf(network, place).map(async (origin): Promise<Finding> => {
      const from = `from ${origin.name}`;
      const id = BigInt(origin.chainId);
      const { address: verifier } = verifierOf(place, origin);
      const route = await gateway.routeOf(id);
      if (BigInt(route.gateway) === 0n)
        return { outcome: "fail", found: `there is no route ${from}`, next: "The network's owner opens it." };
      const differs =
        route.gateway.toLowerCase() !== origin.contracts.gateway.toLowerCase()
          ? "another gateway"
          : route.verifier.toLowerCase() !== verifier.toLowerCase()
            ? "another verifier"
            : undefined;
      if (differs !== undefined)
        return {
          outcome: "fail",
          found: `the route ${from} has ${differs} than the network file says`,
          next: "Get the network file of now from whoever runs the network.",
        };
      if (route.paused || route.frozen)
        return {
          outcome: "warn",
          found: `the route ${from} is ${route.frozen ? "frozen" : "paused"}: nothing is delivered`,
          next: "Ask the network's owner and guardian.",
        };
      const { threshold, validators } = await gateway.validatorsOf(route.verifier, id);
      const strangers = validators.filter((one) => !listed.has(one.toLowerCase()));
      const known = validators.length - strangers.length;
      if (known < threshold)
        return {
          outcome: "fail",
          found: `${threshold} validators must sign what comes ${from}, and the network file lists ${known} of them`,
          next: "Get the network file of now: the validators have changed.",
        };
      if (strangers.length > 0 || listed.size > validators.length)
        return {
          outcome: "warn",
          found: `the validators of what comes ${from} are not those of the network file: ${validators.join(", ")}`,
          next: "Get the network file of now: the validators have changed.",
        };
      return { outcome: "ok", found: `${from}, ${threshold} of ${validators.length} validators` };
    }),
  );
  return together(findings);
}
