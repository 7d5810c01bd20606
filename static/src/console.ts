/** Entry of every page: menus, toasts, relative times, and the keys that work anywhere. */

import { closeMenus } from "./ui/menus";
import { pressed } from "./ui/shortcuts";
import { keepTimes } from "./ui/times";
import { dismissToasts } from "./ui/toasts";

closeMenus(document);
dismissToasts(document);
keepTimes(document);
// On window, so that a page's own keys, which listen on the document, come first.
window.addEventListener("keydown", pressed);
