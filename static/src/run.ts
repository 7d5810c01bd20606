/** Entry of the run page. */

import "./graph/run-graph";
import "./log/run-log";
import "./run/run-tree";

import { usePalette } from "./log/palette";
import { RunPage } from "./run/run-page";

usePalette(document);
customElements.define("run-page", RunPage);
