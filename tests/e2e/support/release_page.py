"""Pages of made-up pipelines (tests/tools/release_page_probe.cpp), and what has to hold of every page in a browser."""

import subprocess

from support.browser import Browser
from support.process import built_program

CONTRAST = """
const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4 };
const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const parse = text => { const n = text.match(/[0-9.]+/g).map(Number); return n.length > 3 && n[3] === 0 ? null : n };
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour) return colour;
  }
  return [255, 255, 255];
};
const poor = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement, style = getComputedStyle(element);
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  ++seen;
  const [a, b] = [luminance(parse(style.color)), luminance(ground(element))].sort((x, y) => y - x);
  const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize);
  if (ratio < 4.5 || size < 12 || style.visibility !== 'visible' || style.opacity !== '1')
    poor.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2), size]);
}
return {seen, poor};
"""
OVERFLOW = """
const width = arguments[0], wide = [...document.body.querySelectorAll('*')].filter(e => {
  const box = e.getBoundingClientRect();
  return e.checkVisibility() && box.width > 0 && (box.right > width + .5 || box.left < -.5);
});
return {page: document.documentElement.scrollWidth, window: innerWidth,
        wide: wide.map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))};
"""
OVERLAPS = """
const texts = [...document.querySelectorAll('h1, h2, h3, .version, .meta, .mark, .when, .note, summary')]
  .filter(e => e.checkVisibility());
const cross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
const found = [];
for (let i = 0; i < texts.length; ++i)
  for (let j = i + 1; j < Math.min(texts.length, i + 60); ++j) {
    if (texts[i].contains(texts[j]) || texts[j].contains(texts[i])) continue;
    if (cross(texts[i].getBoundingClientRect(), texts[j].getBoundingClientRect()))
      found.push(texts[i].textContent.slice(0, 30) + ' / ' + texts[j].textContent.slice(0, 30));
  }
return found;
"""


def render(which: str) -> str:
    """one, example, many, hostile or none."""
    probe = built_program("release_page_probe")
    return subprocess.run([probe, which], capture_output=True, check=True, timeout=240).stdout.decode()


def check_look(browser: Browser) -> None:
    """Of the page as it is open now: it fits, nothing lies over anything else, and all text can be read."""
    fits = browser.script(OVERFLOW, browser.width)
    # A phone's window grows with what does not fit, and all of it becomes small.
    assert max(fits["page"], fits["window"]) <= browser.width, f"{fits['page']} wide on a screen of {browser.width}"
    assert not fits["wide"], f"wider than the window: {fits['wide'][:10]}"
    overlaps = browser.script(OVERLAPS)
    assert not overlaps, f"one lies over the other: {overlaps[:10]}"
    contrast = browser.script(CONTRAST)
    assert contrast["seen"] > 5
    assert not contrast["poor"], f"hard to read (text, contrast, size): {contrast['poor'][:10]}"


def check_alone(browser: Browser, url: str) -> None:
    """It has asked for nothing but itself, runs no script, and nothing in it was refused."""
    asked = [asked for asked in browser.requests() if not asked.startswith("data:image/svg+xml,")]
    assert asked == [url], f"it asked for {asked}"
    complaints = browser.complaints()
    assert not complaints, complaints
    active = browser.script("return [...document.querySelectorAll('script,iframe,img,object,[onclick],[onerror]')].map(e => e.outerHTML)")
    assert not active, active


def unfold(browser: Browser) -> None:
    browser.script("document.querySelectorAll('details').forEach(e => e.open = true)")
