/** The development page: the run page's islands on a run played in the page. `?theme=dark`, `?live=0`. */

import "../console";
import "../graph/run-graph";
import "../log/run-log";
import "../run/run-tree";

import type { Surroundings } from "../live/socket";
import { usePalette } from "../log/palette";
import { RunPage } from "../run/run-page";
import { EXECUTION } from "./sample";
import { answer, PlayedWire } from "./server";

const query = new URLSearchParams(location.search);
const theme = query.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;

const data = document.createElement("script");
data.type = "application/json";
data.id = "execution";
data.textContent = JSON.stringify(EXECUTION);
document.head.append(data);

class PlayedPage extends RunPage {
  protected override surroundings(path: string): Surroundings {
    return { ...super.surroundings(path), connect: () => new PlayedWire(query.get("live") !== "0") };
  }
}

window.fetch = answer;
usePalette(document);
customElements.define("run-page", PlayedPage);
