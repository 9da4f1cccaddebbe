import { useSignal } from "@preact/signals";
import { say } from "../state/announcements.ts";
import { Icon } from "./Icon.tsx";

/** Copies a text that is shown in short, or that is to be pasted elsewhere. */
export function Copy({ text, what }: { text: string; what: string }) {
  const done = useSignal(false);
  const copy = async () => {
    done.value = await copied(text);
    say(done.value ? `${what} copied` : `${what} could not be copied: ${text}`);
    if (done.value) setTimeout(() => (done.value = false), 1500);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <Icon name={done.value ? "check" : "copy"} size={13} />
    </button>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
