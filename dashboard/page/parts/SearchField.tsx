import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { place } from "../router.ts";

/** A search is asked once typing pauses. */
const TYPING_MILLISECONDS = 250;

/** A field for the `search` of a place. */
export function SearchField({ label, onSearch }: { label: string; onSearch: (text: string) => void }) {
  const typed = useSignal(place.value.query.get("search") ?? "");
  useEffect(() => {
    const timer = setTimeout(() => {
      if ((place.peek().query.get("search") ?? "") !== typed.value) onSearch(typed.value);
    }, TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  return (
    <label>
      {label}
      <input
        type="search"
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
    </label>
  );
}
