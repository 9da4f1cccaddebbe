import { useSignalEffect } from "@preact/signals";
import { Patterns } from "./charts/Patterns.tsx";
import { Banner } from "./frame/Banner.tsx";
import { Head } from "./frame/Head.tsx";
import { Side } from "./frame/Side.tsx";
import { viewAt } from "./frame/viewAt.tsx";
import { place } from "./router.ts";
import { announcement } from "./state/announcements.ts";
import { topics } from "./state/connection.ts";

/** The page: its frame, and the view of the place that is shown. */
export function App() {
  const view = viewAt(place.value);
  useSignalEffect(() => {
    const { title, topics: wanted } = viewAt(place.value);
    document.title = title === "" ? "Freshet" : `${title} · Freshet`;
    topics.value = wanted;
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the contents
      </button>
      <Patterns />
      <div class="frame">
        <Head />
        <Side />
        <main id="main" class="main" tabIndex={-1}>
          <Banner />
          {view.show()}
        </main>
      </div>
      <p class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}
