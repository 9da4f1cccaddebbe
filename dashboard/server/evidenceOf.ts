import type { CheckReport } from "../../audit/AuditReport.ts";
import type { EvidenceLink } from "../api/AuditView.ts";
import type { NetworkWatch } from "./NetworkWatch.ts";

/** Where what a check looks at is shown; of a mechanism's own checks, the task itself. */
const VIEWS: Readonly<Record<string, { kind: EvidenceLink["kind"]; text: string }>> = {
  chains: { kind: "network", text: "chains and routes" },
  messages: { kind: "messages", text: "messages of the task" },
  payments: { kind: "money", text: "payments and their formulas" },
  escrow: { kind: "money", text: "movements of the escrow" },
};
/** What a failure names at the most, as links. */
const MOST_NAMED = 8;

/** Where what a check looks at is shown, and what its failure names. */
export function evidenceOf(watch: NetworkWatch, check: CheckReport, task: bigint): EvidenceLink[] {
  const view = VIEWS[check.name];
  const links: EvidenceLink[] = [
    {
      text: view?.text ?? "the task's rounds and workers",
      kind: view?.kind ?? (check.unit === "workers" ? "freshness" : "task"),
      ...{ id: null, chain: null, url: null },
    },
  ];
  const said = [check.failure ?? "", ...check.unexamined.first.map(({ what }) => what)].join(" ");
  const named = new Set(said.match(/0x[0-9a-fA-F]{40,64}\b/g) ?? []);
  for (const id of named) {
    if (links.length > MOST_NAMED) break;
    const link = linkOf(watch, id, task);
    if (link !== undefined) links.push(link);
  }
  return links;
}

/** What an id is, as far as the chains' events tell it. */
function linkOf(watch: NetworkWatch, id: string, task: bigint): EvidenceLink | undefined {
  const short = `${id.slice(0, 10)}…`;
  if (id.length === 42) {
    const own = watch
      .task(task)
      ?.view.subchains.find(({ workers }) => workers.some(({ worker }) => worker === id));
    if (own === undefined) return undefined;
    return { text: `worker ${short}`, kind: "worker", id, chain: watch.nameOf(own.chainId), url: null };
  }
  if (id.length !== 66) return undefined;
  const origin = watch.feeds.find(({ branch }) => branch.book.gateway.sent.has(id));
  if (origin !== undefined) {
    return { text: `message ${short}`, kind: "message", id, chain: origin.place.name, url: null };
  }
  // A digest of a file, or of something that is none: storage knows.
  return { text: "file", kind: "file", id, chain: null, url: null };
}
