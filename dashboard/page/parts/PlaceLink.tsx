import type { Place } from "../../api/values.ts";
import { grouped } from "../format/grouped.ts";
import { Copy } from "./Copy.tsx";
import { Moment } from "./Moment.tsx";

/** Where on a chain something happened: chain, block and time, with the transaction to copy. */
export function PlaceLink({ place }: { place: Place }) {
  return (
    <span class="place">
      <span class="nowrap">
        {place.chain} · block {grouped(place.block)} <Copy text={place.transaction} what="transaction" />
      </span>{" "}
      <Moment at={place.at} />
    </span>
  );
}
