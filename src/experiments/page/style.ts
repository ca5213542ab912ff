/** The page's look: one column that reads on a phone, quiet colours, light or dark as the reader's system is. */
export const style = `
:root { --ink: #1c2024; --faint: #5b636b; --page: #fbfaf8; --card: #fff; --line: #e3e0da; --link: #0b5c8f;
  --yes: #17693f; --yes-back: #e2f3e8; --no: #a02a1c; --no-back: #fbe6e2; --open: #5d5742; --open-back: #f1ecdc; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e4de; --faint: #a39f97; --page: #16181b; --card: #1e2125; --line: #34383d; --link: #7cc0ee;
    --yes: #8fdcb0; --yes-back: #173626; --no: #f5a496; --no-back: #43201b; --open: #dccf9f; --open-back: #37321f; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, 'DejaVu Sans', sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2.5rem; }
.paper { margin: 0; color: var(--faint); font-size: .9rem; }
h1 { margin: .2rem 0 1rem; font-size: clamp(1.8rem, 6vw, 2.6rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 0 0 .6rem; font-size: 1.35rem; line-height: 1.3; }
h3 { margin: 0 0 .6rem; font-size: 1.05rem; }
a { color: var(--link); text-underline-offset: .15em; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .6rem 1.5rem; margin: 0 0 1.2rem; }
dl > :nth-child(2) { grid-column: 1 / -1; order: 1; }
dt { color: var(--faint); font-size: .8rem; }
dd { margin: 0; font-size: .95rem; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: .6rem 0; border-block: 1px solid var(--line); margin-bottom: 1.5rem; }
section { margin: 2.5rem 0; }
article, .overview { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 0 0 1rem; }
.note, .files { color: var(--faint); font-size: .88rem; }
.files { margin: .6rem 0 0; }
.files a { margin-right: .8rem; }
.scroll { overflow-x: auto; }
figure { margin: 0; }
.figure { width: fit-content; max-width: 100%; background: #fff; color: #1c2024; border-radius: .3rem; }
.figure svg { display: block; max-width: 100%; height: auto; }
.slim { display: none; }
.title { margin: 0 0 .4rem; font-weight: 600; }
figcaption { margin: .4rem 0 0; color: var(--faint); font-size: .88rem; max-width: 52em; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--faint); font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
code, pre { font: .82rem/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; }
.claims { list-style: none; margin: 0; padding: 0; }
.claims li { display: grid; grid-template-columns: 12.5rem 1fr; gap: .2rem .8rem; padding: .5rem 0; border-top: 1px solid var(--line); }
.claims li:first-child { border-top: 0; }
.claims p { margin: 0; }
.claim { font-weight: 600; }
.badge { place-self: start; padding: .05rem .6rem; border-radius: 1rem; font-size: .82rem; white-space: nowrap;
  color: var(--open); background: var(--open-back); }
.badge.yes { color: var(--yes); background: var(--yes-back); }
.badge.no { color: var(--no); background: var(--no-back); }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--link); }
#tooltip { position: fixed; z-index: 9; pointer-events: none; white-space: pre; padding: .4rem .6rem; border-radius: .4rem;
  background: var(--ink); color: var(--page); font-size: .8rem; }
@media (max-width: 36rem) {
  body { font-size: 15px; }
  article, .overview { padding: .8rem; border-radius: .4rem; }
  .claims li { grid-template-columns: 1fr; }
  .wide { display: none; }
  .slim { display: block; }
  .stacked table, .stacked tbody { display: block; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked caption { display: block; white-space: normal !important; }
  .stacked tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .stacked th, .stacked td { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .1rem 0 !important; border: 0;
    text-align: right !important; white-space: normal !important; }
  .stacked th { font-weight: 600 !important; text-align: left !important; }
  .stacked td { justify-content: flex-end; gap: 0 .5rem; }
  .stacked td::before { margin-right: auto; color: var(--faint); text-align: left; }
}
@media print { nav, .files { display: none; } article { break-inside: avoid; } }
`;
