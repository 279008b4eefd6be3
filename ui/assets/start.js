// Starts the screen. It is a file of its own because the window's content policy refuses scripts inside the page.
import init from '../ui.js';

init({ module_or_path: new URL('../ui_bg.wasm', import.meta.url) });
