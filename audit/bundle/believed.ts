import { isPublicKey } from "../../chains/networks/localKeys.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { counted } from "../../reports/counted.ts";
import type { ReportStyle } from "../report.ts";
import { subjectOf } from "./bundleSignature.ts";
import type { OpenedBundle } from "./openBundle.ts";
import type { ReadBundle } from "./readBundle.ts";

/** What an auditor of a bundle has on somebody's word, once all that can be derived was. */
export interface Believed {
  /** Who gathered and signed it. */
  signer: string;
  /** As what the network file knows it; absent where it does not. */
  signerIs?: string;
  /** Whether everybody has its key. */
  signerIsPublic: boolean;
  /** Unix seconds, by the gatherer's clock. */
  gathered: number;
  /** Bytes of the bundle. */
  bytes: number;
  /** Whose network file it was audited by. */
  networkFile: "bundle" | "own";
  /** Chains that it has: that these blocks are theirs. */
  chains: readonly {
    name: string;
    number: number;
    hash: string;
    head: number;
    headers: number;
    blocks: number;
  }[];
  /** Chains that it does not have. */
  missing: readonly string[];
  /** Answers that were used and that nothing proves. */
  words: readonly { chain: string; method: string; params: readonly unknown[] }[];
  /** Services whose answers are in it: hints, which prove nothing. */
  hints: readonly string[];
  /** Files whose bytes were derived from, and those that were left out. */
  files: number;
  leftOut: number;
}

/** Of answers that nothing proves so many are told one by one. */
const MOST_TOLD = 10;

/**
 * What is left to believe after an audit of a bundle.
 *
 * @param read - As the bundle was read; `opened`: as it was audited, so that it is known which answers were used.
 */
export function believedOf(
  { bundle, signer, bytes }: ReadBundle,
  opened: OpenedBundle,
  own: boolean,
): Believed {
  const { network } = opened;
  const signerIs = memberName(network, signer);
  const has = new Set(opened.chains.map(({ place }) => place.chainId));
  return {
    signer,
    ...(signerIs === undefined ? {} : { signerIs }),
    signerIsPublic: isPublicKey(signer),
    ...{ gathered: bundle.gathered, bytes, networkFile: own ? "own" : "bundle" },
    chains: opened.chains.map(({ place: { name }, last, head, sizes }) => ({
      name,
      ...last,
      head,
      ...sizes,
    })),
    missing: [network.main, network.relay, ...network.subchains].flatMap(({ name, chainId }) =>
      has.has(chainId) ? [] : [name],
    ),
    words: opened.chains.flatMap(({ place: { name }, used }) =>
      used.map(({ method, params }) => ({ chain: name, method, params })),
    ),
    hints: Object.keys(bundle.hints),
    files: bundle.files.size,
    leftOut: bundle.leftOut.size,
  };
}

/** What is left to believe, as lines for people. */
export function believedLines(
  believed: Believed,
  bundle: ReadBundle["bundle"],
  { dim, yellow }: ReportStyle,
): string[] {
  const { signer, signerIs, signerIsPublic, gathered, bytes, chains, missing, words, hints, files, leftOut } =
    believed;
  const when = new Date(1000 * gathered).toISOString().replace(/\.\d+Z$/, "Z");
  const who = signerIs === undefined ? "" : ` (${signerIs})`;
  const headers = chains.reduce((sum, chain) => sum + chain.headers, 0);
  const blocks = chains.reduce((sum, chain) => sum + chain.blocks, 0);
  const lines = [
    `The bundle: ${subjectOf(bundle.subject)}, ${bytes} bytes, gathered ${when} and signed by ${signer}${who}.`,
    ...(signerIsPublic
      ? [
          `  ${yellow("Everybody has this key: it is one of the public development keys, and its word is nobody's.")}`,
        ]
      : []),
    dim(
      `  Nobody's word: ${counted(headers, "header")} that follow each other, ${counted(blocks, "whole block")} under them with every log of the audited contracts, state under their roots, ${counted(files, "file")} under their digests.`,
    ),
    "Left to believe:",
    ...chains.map(
      ({ name, number, hash, head }) =>
        `  ${signer}, that ${hash} is block ${number} of ${name}${head === number ? "" : dim(` (read as of block ${head})`)}.`,
    ),
    believed.networkFile === "own"
      ? "  Your network file, that these are the network's chains, contracts, validators and aggregators."
      : `  ${signer}, that the network file in it is the network's: --network FILE holds it against yours.`,
    ...missing.map((name) => `  ${signer}, that ${name} did not answer: nothing of it is here.`),
    ...words
      .slice(0, MOST_TOLD)
      .map(
        ({ chain, method, params }) =>
          `  ${signer}, for what ${chain} answered to ${method} ${shortened(params)}.`,
      ),
  ];
  if (words.length > MOST_TOLD)
    lines.push(`  ${signer}, for ${words.length - MOST_TOLD} more answers of nodes.`);
  if (hints.length > 0) {
    lines.push(
      `  ${signer}, for ${counted(hints.length, "answer")} of services to where in storage something is; what was found there is held against digests.`,
    );
  }
  if (leftOut > 0)
    lines.push(
      `  Nobody: what needs ${counted(leftOut, "file")} that ${leftOut === 1 ? "is" : "are"} not here but for the digest is not examined.`,
    );
  lines.push(
    "  The validators of the chains, that what they signed was final there; an audit of the chains believes them too.",
  );
  return lines;
}

/** As what a network file knows an address. */
function memberName(network: NetworkFile, address: string): string | undefined {
  const lists: [name: string, of: string, list: readonly { address: string }[]][] = [
    ["validator", "", network.validators],
    ["aggregator", "", network.aggregators],
    ...Object.entries(network.services ?? {}).map(([mechanism, list]): (typeof lists)[number] => [
      "service",
      ` of ${mechanism}`,
      list,
    ]),
  ];
  const names = lists.flatMap(([name, of, list]) =>
    list.flatMap((each, i) =>
      each.address.toLowerCase() === address.toLowerCase() ? [`${name} ${ordinal(i)}${of}`] : [],
    ),
  );
  return names.length === 0 ? undefined : `${names.join(" and ")} in the network file`;
}

function shortened(params: readonly unknown[]): string {
  const text = JSON.stringify(params);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
