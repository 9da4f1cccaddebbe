import { options, render } from "preact";
import "./style/tokens.css";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/charts.css";
import "./style/views.css";
import { App } from "./App.tsx";
import { followAddress } from "./router.ts";
import { startClock } from "./state/clock.ts";
import { connect } from "./state/connection.ts";
import { followNetwork } from "./state/network.ts";
import { followTheme } from "./theme.ts";

// However fast events come, the page is drawn at most once a frame.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

followTheme();
followAddress();
startClock();
followNetwork();
connect();
render(<App />, document.getElementById("page")!);
