import { X509Certificate } from "node:crypto";

import { readText } from "../../files/readText.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { Finding } from "./Examination.ts";

/** From how many days before its end on a certificate should be renewed. */
const SOON_DAYS = 14;
const DAY_MILLISECONDS = 86_400_000;

/** Until when an organisation's own certificate holds, if it has one. @throws what reading it throws. */
export async function certificateFinding(path: string | undefined, clock: Clock): Promise<Finding> {
  if (path === undefined) return { outcome: "ok", found: "only authorities are named" };
  const { validFrom, validTo, subjectAltName } = new X509Certificate(await readText(path));
  const names = subjectAltName ?? "no name";
  const left = (Date.parse(validTo) - clock.now()) / DAY_MILLISECONDS;
  const renew = "Have it renewed by your authority, and start the servers again.";
  if (left <= 0) return { outcome: "fail", found: `the certificate ended on ${validTo}`, next: renew };
  if (clock.now() < Date.parse(validFrom))
    return {
      outcome: "fail",
      found: `the certificate begins only on ${validFrom}`,
      next: "Look at this machine's clock.",
    };
  const found = `the certificate of ${names} holds until ${validTo}`;
  return left > SOON_DAYS ? { outcome: "ok", found } : { outcome: "warn", found, next: renew };
}
