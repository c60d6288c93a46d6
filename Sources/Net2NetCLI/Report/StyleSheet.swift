/// The look of a report: light and dark as the reader's system is, narrow screens included.
///
/// The colours of curves are Okabe and Ito's, chosen to be told apart with colour-blind eyes;
/// on dark ground their lighter kin.
enum StyleSheet {
  static let css = """
    :root {
      color-scheme: light dark;
      --ground: #fbfbf9; --raised: #ffffff; --ink: #1d1f23; --quiet: #5b606b; --rule: #dcdcd6;
      --accent: #0072b2;
      --look0: #6b6f78; --look1: #0072b2; --look2: #d55e00; --look3: #009e73; --look4: #aa4499;
      --look5: #8a6d00;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #15171b; --raised: #1d2026; --ink: #e8e9ec; --quiet: #a2a8b4; --rule: #363b45;
        --accent: #56b4e9;
        --look0: #a2a8b4; --look1: #56b4e9; --look2: #f28e4c; --look3: #3fc79a; --look4: #e38fc6;
        --look5: #f0e442;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--ground);
      color: var(--ink); font: 1rem/1.55 system-ui, sans-serif;
    }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 1rem 0 .5rem; }
    h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; }
    h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
    p { margin: 0 0 .9rem; max-width: 46rem; }
    .lead { font-size: 1.1rem; color: var(--quiet); }
    .tiles {
      display: grid; gap: .75rem; margin: 1.5rem 0;
      grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr));
    }
    .tile, .card {
      background: var(--raised); border: 1px solid var(--rule); border-radius: .6rem;
      padding: 1rem;
    }
    .card { margin: 0 0 1rem; }
    .tile b { display: block; font-size: 1.6rem; line-height: 1.2; color: var(--accent); }
    .tile span { color: var(--quiet); font-size: .92rem; }
    figure { margin: 1.25rem 0; }
    figcaption { font-weight: 600; margin-bottom: .4rem; }
    .scroll { overflow-x: auto; margin: 0 0 1.25rem; }
    figure > svg { display: block; width: 100%; height: auto; }
    figure > svg.narrow, .pair figure > svg.wide { display: none; }
    .pair figure > svg.narrow { display: block; }
    .pair {
      display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
    }
    @media (max-width: 38rem) {
      figure > svg.wide { display: none; }
      figure > svg.narrow { display: block; }
    }
    svg text { fill: var(--quiet); font: 14px system-ui, sans-serif; }
    .rule { stroke: var(--rule); stroke-width: 1; }
    line.event { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 5 4; }
    g.event text {
      font-size: 12px; paint-order: stroke; stroke: var(--ground); stroke-width: 4px;
      stroke-linejoin: round;
    }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
    .mark { stroke: var(--ground); stroke-width: 1; }
    .line.look0 { stroke: var(--look0); stroke-dasharray: 2 4; } .mark.look0 { fill: var(--look0); }
    .line.look1 { stroke: var(--look1); } .mark.look1 { fill: var(--look1); }
    .line.look2 { stroke: var(--look2); stroke-dasharray: 12 3; } .mark.look2 { fill: var(--look2); }
    .line.look3 { stroke: var(--look3); stroke-dasharray: 7 4; } .mark.look3 { fill: var(--look3); }
    .line.look4 { stroke: var(--look4); stroke-dasharray: 9 3 2 3; }
    .mark.look4 { fill: var(--look4); }
    .line.look5 { stroke: var(--look5); stroke-dasharray: 3 3; } .mark.look5 { fill: var(--look5); }
    .notice {
      border-left: .25rem solid var(--look2); background: var(--raised); padding: .5rem .8rem;
    }
    .heat { border-spacing: 2px; border-collapse: separate; }
    .heat th, .heat td { border: 0; padding: .25rem .4rem; text-align: center; }
    .heat thead th { min-width: 0; font-size: .8rem; vertical-align: bottom; }
    .heat tbody th { text-align: right; font-size: .85rem; white-space: nowrap; }
    .heat td { position: relative; min-width: 2.4rem; height: 2rem; font-size: .85rem; }
    .heat i { position: absolute; inset: 0; border-radius: .2rem; background: var(--accent); }
    .heat .wrong i { background: var(--look2); }
    .heat span { position: relative; }
    .heat .strong span { color: var(--ground); }
    .legend {
      display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: 0 0 .4rem;
      padding: 0; font-size: .92rem;
    }
    .legend li { display: flex; align-items: center; gap: .45rem; }
    .key { width: 36px; height: 12px; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    caption {
      text-align: left; color: var(--quiet); padding-bottom: .4rem; max-width: calc(100vw - 2rem);
    }
    th, td { padding: .35rem .7rem .35rem 0; text-align: right; border-bottom: 1px solid var(--rule); }
    td { white-space: nowrap; }
    .scroll thead th { min-width: 4.2rem; }
    th:first-child { text-align: left; white-space: nowrap; }
    thead th { font-weight: 600; color: var(--quiet); font-size: .9rem; vertical-align: bottom; }
    tbody th { font-weight: 500; }
    tr.marked th, tr.marked td { font-weight: 700; }
    pre {
      background: var(--ground); border: 1px solid var(--rule); border-radius: .4rem;
      font: .85rem/1.45 ui-monospace, monospace; overflow-x: auto; padding: .7rem;
      margin: .6rem 0;
    }
    pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
    .facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; }
    .facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
    summary { cursor: pointer; color: var(--accent); margin-top: .5rem; }
    footer { color: var(--quiet); font-size: .9rem; margin-top: 3rem; }
    """
}
