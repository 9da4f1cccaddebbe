import { Lock } from "../../../files/Lock.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";

// Takes the lock that it is given, says so to who started it, and holds it.

try {
  Lock.take(process.argv[2]!, {
    code: "DIRECTORY_IN_USE",
    what: "The directory",
    instead: "name another",
  });
  process.send!("held");
} catch (error) {
  process.send!((error as BaseError).code);
}
// Without whom it works for, it has nothing to do.
process.on("disconnect", () => process.exit());
