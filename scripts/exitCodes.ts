import { EXIT_CODES } from "../audit/report.ts";

/** What a command ends with that did not do all that it was asked for, as something was missing: neither well nor ill. */
export const INCOMPLETE = EXIT_CODES.unexamined;
