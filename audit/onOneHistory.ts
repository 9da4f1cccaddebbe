import { BaseError } from "../protocol/BaseError.ts";

/** How often chains may replace their blocks while they are read. */
const MOST_READINGS = 3;

/** What was read of chains. */
interface Gathered {
  /** The chain that has replaced what was read of it; undefined when none has. */
  replaced(): Promise<string | undefined>;
  close(): void;
}

/**
 * Audits what is of one history: reads anew when a chain replaced blocks while they were looked at.
 *
 * @throws `CHAIN_REORGANIZED` (retryable); what `gather` and `look` throw.
 */
export async function onOneHistory<Read extends Gathered, Report>(
  gather: () => Promise<Read>,
  look: (gathered: Read) => Promise<Report>,
): Promise<Report> {
  let chain = "";
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const gathered = await gather();
    try {
      const report = await look(gathered);
      const replaced = await gathered.replaced();
      if (replaced === undefined) return report;
      chain = replaced;
    } finally {
      gathered.close();
    }
  }
  throw new BaseError("CHAIN_REORGANIZED", `${chain} replaced blocks each time that it was read.`, {
    details: "What was read of it is of two histories, and says nothing of either.",
    next: "Audit again when the chain has settled.",
    retryable: true,
  });
}
