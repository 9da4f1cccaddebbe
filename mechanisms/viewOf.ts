import { AOI_CONTRACT_POLICY } from "../protocol/taskTerms.ts";
import { view as aoiContract } from "./aoi-contract/view.ts";
import type { MechanismView } from "./MechanismView.ts";

const VIEWS: Readonly<Record<string, MechanismView>> = { [AOI_CONTRACT_POLICY]: aoiContract };

/** What a mechanism adds to the view of its tasks; undefined for one that is not known here. */
export function viewOf(mechanism: string): MechanismView | undefined {
  return VIEWS[mechanism];
}
