/** Style of the page: system fonts, one accent, light or dark as the reader's system is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d1d1f; --quiet: #6b6b70; --line: #e4e4e7; --page: #fbfbfa; --card: #fff; --accent: #4a6fa5; --problem: #b3402e; --warning: #b07d1f; --note: #8a8a90; --good: #4b7f52; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --quiet: #9a9aa2; --line: #303036; --page: #161618; --card: #1e1e21; --accent: #7fa3d6; --problem: #e07a67; --warning: #d7a94f; --note: #85858d; --good: #83b98b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 48px 24px 96px; }
h1 { font-size: 26px; font-weight: 600; letter-spacing: -0.01em; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; font-weight: 600; margin: 48px 0 14px; }
p { margin: 4px 0; }
.quiet, figcaption { color: var(--quiet); }
svg .quiet { fill: var(--quiet); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 28px 0 0; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { flex: 1 1 130px; padding: 14px 16px; }
.tile b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.tile span { color: var(--quiet); font-size: 13px; }
.card { padding: 4px 18px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 16px; }
.columns .card { padding: 14px 18px; }
.columns h3 { font-size: 13px; font-weight: 500; color: var(--quiet); margin: 0 0 8px; }
svg { width: 100%; height: auto; display: block; font-size: 13px; font-variant-numeric: tabular-nums; }
svg text { fill: currentColor; dominant-baseline: central; }
svg .bar { fill: var(--accent); }
ul.findings { list-style: none; margin: 0; }
ul.findings li { padding: 12px 0 12px 20px; position: relative; overflow-wrap: anywhere; }
ul.findings li + li { border-top: 1px solid var(--line); }
ul.findings li::before { content: ""; position: absolute; left: 0; top: 20px; width: 8px; height: 8px; border-radius: 50%; background: var(--note); }
li.problem::before { background: var(--problem) !important; }
li.warning::before { background: var(--warning) !important; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td { padding: 8px 14px 8px 0; vertical-align: top; overflow-wrap: anywhere; }
tr + tr td { border-top: 1px solid var(--line); }
td:first-child { min-width: 130px; }
.enough { color: var(--good); } .few { color: var(--warning); } .too-few { color: var(--problem); }
.pictures { display: flex; flex-wrap: wrap; gap: 14px; }
.group { padding: 12px 14px; max-width: 100%; }
figure { margin: 0; width: 112px; }
figure .frame { width: 112px; height: 84px; border-radius: 6px; border: 1px solid var(--line); background: var(--page); display: flex; align-items: center; justify-content: center; overflow: hidden; color: var(--quiet); font-size: 12px; text-align: center; }
figure img { max-width: 100%; max-height: 100%; }
figcaption { font-size: 12px; line-height: 1.35; margin-top: 5px; overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font-weight: 500; display: block; }
footer { margin-top: 56px; color: var(--quiet); font-size: 13px; }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
`;
