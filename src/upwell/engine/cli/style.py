"""The report's style sheet: light and dark, phone and desktop."""

CSS = """
:root{color-scheme:light dark;--paper:#f6f4ef;--card:#fffefb;--ink:#1d212b;--soft:#5c616e;--line:#e7e3da;
--accent:oklch(.47 .13 268);--mark:oklch(.51 .095 225);--band:oklch(.85 .06 212);--track:#ebe8e0}
@media (prefers-color-scheme:dark){:root{--paper:#14161b;--card:#1c1f26;--ink:#eceae4;--soft:#9ba1ae;--line:#2b2f38;
--accent:oklch(.74 .12 268);--mark:oklch(.72 .09 220);--band:oklch(.42 .06 222);--track:#2b2f38}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:14px/1.5 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:40px 24px 32px}
.where{margin:0 0 8px;color:var(--soft);font-size:12px}
h1{margin:0 0 24px;font-size:clamp(22px,4vw,30px);line-height:1.25;font-weight:600;max-width:26em;text-wrap:balance}
h2{margin:0 0 16px;font-size:16px;line-height:1.35;font-weight:600;text-wrap:balance}
.figures{display:flex;flex-wrap:wrap;gap:12px 40px;margin:0 0 28px}
.figures div{display:flex;flex-direction:column-reverse}
.figures dt{color:var(--soft);font-size:12px}.figures dd{margin:0;font-size:22px;font-weight:600}
.cards{columns:2 400px;column-gap:16px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px;margin:0 0 16px;
break-inside:avoid;
box-shadow:0 1px 2px rgb(0 0 0/.04)}
.card svg{display:block;width:100%;max-width:480px;height:auto;overflow:visible}
.card ul{margin:12px 0 0;padding:0;list-style:none}.card li{margin:0 0 10px}
.note,footer{color:var(--soft);font-size:12px}.note{margin:12px 0 0}footer{margin-top:24px}
details{margin-top:12px;font-size:12px}summary{cursor:pointer;color:var(--accent)}
.wide{overflow-x:auto}table{border-collapse:collapse;margin-top:8px;width:100%}
th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:500;color:var(--soft)}
svg text{fill:var(--ink);font-size:12.5px}svg .value,svg .small{fill:var(--soft)}svg .small{font-size:11.5px}
svg .end{text-anchor:end}svg .middle{text-anchor:middle}
svg .track{fill:var(--track)}svg .band{fill:var(--band)}svg .mark{fill:var(--mark)}svg .before{fill:var(--track)}
svg .axis{stroke:var(--soft);stroke-width:1}svg .guide{stroke:var(--soft);stroke-dasharray:3 3}
svg .range{stroke:var(--mark);stroke-width:5;stroke-linecap:round;opacity:.55}svg .range.thin{stroke-width:2.5}
svg .dot{fill:var(--mark)}svg .curve{fill:none;stroke:var(--mark);stroke-width:2.5;stroke-linejoin:round}
@media (max-width:560px){main{padding:24px 16px}.card{padding:16px}
svg text{font-size:16px}svg .small{font-size:15px}}
@media print{body{background:none}.card{break-inside:avoid;box-shadow:none}}
"""
