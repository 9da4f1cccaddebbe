import { address, hash } from "./fixtures.ts";

/** Every view, by where it is, with words that are on it once it is drawn. */
export const VIEWS: readonly { name: string; place: string; words: string }[] = [
  { name: "network", place: "network", words: "Routes" },
  { name: "tasks", place: "tasks", words: "4 tasks" },
  { name: "live", place: "tasks/4", words: "Who is waited for" },
  { name: "live, over", place: "tasks/1", words: "Completed" },
  { name: "live, expired", place: "tasks/3", words: "expired at its deadline" },
  { name: "freshness", place: "tasks/4/freshness", words: "All workers" },
  { name: "money", place: "tasks/1/money", words: "adds up to the wei" },
  { name: "statements", place: "tasks/1/statement", words: "Why was I (not) paid?" },
  {
    name: "statement",
    place: `tasks/1/statement/${address(203)}?chain=virtual`,
    words: "adds up to the paid wei",
  },
  { name: "audit", place: "tasks/1/audit", words: "Everything holds." },
  { name: "audit that fails", place: "tasks/2/audit", words: "was paid 9.3000, and earned 9.1000" },
  { name: "messages", place: "messages", words: "40 messages" },
  { name: "message", place: `messages/${hash(10_003)}`, words: "paused by a guardian" },
  { name: "compare", place: "compare?tasks=1,2", words: "Side by side" },
  { name: "markets", place: "markets", words: "Open the market twin-migration" },
  { name: "market of models", place: "markets/model-trading", words: "Who sells to whom" },
  { name: "market of twins", place: "markets/twin-migration", words: "Where twins are" },
];
