import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Believed, believedOf } from "../../audit/bundle/believed.ts";
import { gatherBundle, type RecordedSources } from "../../audit/bundle/gatherBundle.ts";
import type { BundleSubject } from "../../audit/bundle/manifest.ts";
import { openBundle } from "../../audit/bundle/openBundle.ts";
import { readBundle } from "../../audit/bundle/readBundle.ts";
import { writeBundle } from "../../audit/bundle/writeBundle.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { systemClock } from "../../protocol/Clock.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";

const FRESHET = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));

/** An audit of chains and storage, and the same audit of the file that was written of it. */
export interface ThroughBundle<Report> {
  path: string;
  live: Report;
  offline: Report;
  believed: Believed;
}

/** Audits, writes what the audit went by into a file, signed by the first aggregator, and audits the file alone. */
export async function throughBundle<Report>(
  subject: BundleSubject,
  { network, storage, directory }: { network: NetworkFile; storage: ContentStore; directory: string },
  audit: (sources: RecordedSources) => Promise<Report>,
): Promise<ThroughBundle<Report>> {
  const path = join(directory, `${"task" in subject ? `task-${subject.task}` : subject.market}.car`);
  const about = { subject, published: network, reached: network, storage, digestsOnly: false };
  const { report: live, bundle } = await gatherBundle({ ...about, clock: systemClock }, audit);
  await writeBundle(path, bundle, localKey("aggregator"));
  const read = await readBundle(path);
  const opened = await openBundle(read.bundle);
  const offline = await audit(opened.sources);
  return { path, live, offline, believed: believedOf(read, opened, false) };
}

/** `freshet audit --bundle`, as people type it: its exit code, what it printed, and its complaints. */
export function auditCommand(
  path: string,
  ...words: readonly string[]
): Promise<{ code: number | string | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [FRESHET, "audit", "--bundle", path, ...words],
      { maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
      },
    );
  });
}
