/** Entry of every page: menus, toasts, relative times, lists that stay fresh, and the keys that work anywhere. */

import { CodeArea } from "./ui/code-area";
import { keepLists } from "./ui/lists";
import { closeMenus } from "./ui/menus";
import { pressed } from "./ui/shortcuts";
import { keepTimes } from "./ui/times";
import { dismissToasts } from "./ui/toasts";

closeMenus(document);
dismissToasts(document);
keepTimes(document);
keepLists(document);
customElements.define("code-area", CodeArea);
// On window, so that a page's own keys, which listen on the document, come first.
window.addEventListener("keydown", pressed);
