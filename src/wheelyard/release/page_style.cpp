// The page's style sheet: system fonts, light and dark, contrast of at least 4.5 to 1 for all text.
#include "wheelyard/release/page_parts.hpp"

namespace wheelyard::release {

std::string_view page_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --sheet: #ffffff; --line: #dfe3e9; --track: #c3cad4;
  --text: #1b2230; --soft: #565f70; --link: #0a569f;
  --good: #24704a; --good-ground: #e4f3ea; --wait: #855000; --wait-ground: #fdf1d8; --wait-dot: #d98e0b;
  --work: #0d4f93; --work-ground: #e4effb; --bad: #9c1f1f; --bad-ground: #fbe6e6; --plain-ground: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11141a; --sheet: #191e26; --line: #2b323d; --track: #465060;
    --text: #e7eaf0; --soft: #a4aebd; --link: #86baf5;
    --good: #86d6a8; --good-ground: #15301f; --wait: #f2c879; --wait-ground: #37290d; --wait-dot: #e2a53a;
    --work: #9cc9fb; --work-ground: #142b47; --bad: #ffb1b1; --bad-ground: #401a1a; --plain-ground: #262d38;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 4vw, 2.5rem); max-width: 78rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, p, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: clamp(1.625rem, 1.2rem + 1.6vw, 2.125rem); line-height: 1.2; letter-spacing: -.015em; }
h2 { font-size: 1.125rem; line-height: 1.35; }
h3 { font-size: .8125rem; line-height: 1.5; font-weight: 600; color: var(--soft); }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 4px; }
code { font-family: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .925em; }
time { white-space: nowrap; }

.top { margin-bottom: clamp(1.5rem, 3vw, 2.25rem); }
.top > p { margin-top: .375rem; color: var(--soft); }
.waiting { display: flex; flex-wrap: wrap; align-items: baseline; gap: .375rem .75rem; margin-top: 1rem; }
.waiting h2 { font-size: .9375rem; font-weight: 600; }
.waiting ul { display: flex; flex-wrap: wrap; gap: .25rem .875rem; font-size: .9375rem; }

main { display: grid; gap: 1rem; }
.pipeline {
  display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem 2rem;
  padding: 1.375rem 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem;
}
.pipeline:target { border-color: var(--link); }
.meta, .approval { font-size: .8125rem; line-height: 1.55; color: var(--soft); }
.meta b { font-weight: 600; }
.nothing { padding: 3rem 1.5rem; text-align: center; color: var(--soft); }
.fault { font-size: .9375rem; }
.state { display: grid; grid-template-columns: minmax(0, 1fr); gap: .875rem; align-content: start; }
.under-way { display: grid; gap: .375rem; font-size: .875rem; color: var(--soft); }
.under-way b { color: var(--text); }

.ranks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: 1.5rem 1.75rem; overflow: hidden; padding: 1px; }
.ranks > li { position: relative; padding-top: 1.5rem; min-width: 0; }
.ranks > li::before {
  content: ""; position: absolute; z-index: 1; top: .125rem; left: 0; width: .75rem; height: .75rem;
  border: 2px solid var(--dot); border-radius: 50%; background: var(--dot);
}
.ranks > li::after {
  content: ""; position: absolute; top: .4375rem; left: .75rem; right: -1.75rem; height: 2px; background: var(--track);
}
.ranks > li:last-child::after { display: none; }
.ranks > li { --dot: var(--good); }
.ranks > .is-behind { --dot: var(--wait-dot); }
.ranks > .is-quiet, .ranks > .empty { --dot: var(--track); }
.ranks > .empty::before { background: var(--sheet); }
.rank { display: flex; flex-wrap: wrap; align-items: center; gap: .125rem .5rem; min-height: 1.375rem; }
.version { font-size: 1.25rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; margin: .125rem 0 .25rem; font-variant-numeric: tabular-nums; }
.version.long { font-size: .9375rem; letter-spacing: 0; line-height: 1.4; }
.empty .version { font-weight: 400; font-size: 1rem; color: var(--soft); }
.approval { margin-top: .25rem; }

.mark { display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; font-size: .75rem; line-height: 1.5; font-weight: 600; background: var(--plain-ground); color: var(--soft); }
.mark.good { background: var(--good-ground); color: var(--good); }
.mark.behind { background: var(--wait-ground); color: var(--wait); }
.mark.work { background: var(--work-ground); color: var(--work); }
.mark.bad { background: var(--bad-ground); color: var(--bad); }

details { border-top: 1px solid var(--line); padding-top: .75rem; margin-bottom: -.375rem; }
summary { cursor: pointer; font-size: .875rem; font-weight: 600; padding: .125rem 0; width: fit-content; }
summary .meta { font-weight: 400; margin-left: .375rem; }
.history { margin-top: .5rem; font-size: .9375rem; }
.history > li { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 0 1.25rem; padding: .5625rem 0; }
.history > li + li { border-top: 1px solid var(--line); }
.when { display: flex; gap: .75rem; font-size: .8125rem; line-height: 1.75; color: var(--soft); font-variant-numeric: tabular-nums; }
.seq { min-width: 2.25rem; text-align: right; }
.action { display: inline-block; min-width: 4.75rem; padding: 0 .5rem; margin-right: .375rem; border-radius: .3125rem; text-align: center; font-size: .75rem; font-weight: 600; line-height: 1.6; background: var(--plain-ground); color: var(--soft); }
.action.push { background: var(--work-ground); color: var(--work); }
.action.promote { background: var(--good-ground); color: var(--good); }
.action.rollback { background: var(--wait-ground); color: var(--wait); }
.action.undo { background: var(--bad-ground); color: var(--bad); }
.note { margin: .1875rem 0; padding-left: .75rem; border-left: 3px solid var(--line); }

footer { margin-top: 2rem; font-size: .8125rem; color: var(--soft); }

@media (min-width: 64rem) {
  .pipeline { grid-template-columns: 13rem minmax(0, 1fr); }
  .pipeline > h2 { padding-top: 1.375rem; }
  .pipeline > details { grid-column: 1 / -1; }
  .history > li { column-gap: 2rem; }
}
@media (max-width: 40rem) {
  .pipeline { padding: 1.125rem; gap: .875rem; }
  .ranks { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .ranks > li { padding: 0 0 1.125rem 1.5rem; }
  .ranks > li:last-child { padding-bottom: 0; }
  .ranks > li::before { top: .25rem; }
  .ranks > li::after { top: 1rem; bottom: -.25rem; left: .3125rem; right: auto; width: 2px; height: auto; }
  .rank h3 { margin-right: auto; }
  .history > li { grid-template-columns: minmax(0, 1fr); gap: .125rem; padding: .6875rem 0; }
  .when { line-height: 1.5; }
  .seq { min-width: 0; text-align: left; }
}
@media (forced-colors: active) {
  .mark, .action { border: 1px solid; }
}
@media print {
  body { background: none; max-width: none; padding: 0; }
  .pipeline { break-inside: avoid; }
}
)css";
}

}  // namespace wheelyard::release
