// Which packs match the search and the filters.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const pack of packs) {
  const { layer = "", type = "", clouds = [], summary = "" } = pack.newest;
  pack.names = folded(`${pack.title}\n${pack.name}`);
  pack.facts = folded([layer, layerName(layer), type, ...clouds, summary].join("\n"));
}

/** The READMEs of a pack's versions, for the search. */
function readmes(pack) {
  if (pack.readmes === undefined) {
    const { versions, texts } = contentsOf(pack);
    const used = new Set(versions.map(([readme]) => readme));
    pack.readmes = folded([...used].map((number) => texts[number]).join("\n"));
  }
  return pack.readmes;
}

/** Prepares the search while the browser has nothing else to do. */
function prepareSearch() {
  const whenIdle = window.requestIdleCallback ?? ((task) => setTimeout(task, 50));
  let next = 0;
  const work = () => {
    const end = performance.now() + 8;
    while (next < packs.length && performance.now() < end) {
      readmes(packs[next]);
      next += 1;
    }
    if (next < packs.length) {
      whenIdle(work);
    }
  };
  whenIdle(work);
}

/** Whether a pack matches a filter. A pack for all clouds matches every cloud. */
function passes({ newest }, { layer, cloud, type }) {
  const clouds = newest.clouds ?? [];
  return (
    (!layer || layerGroup(newest) === layer) &&
    (!type || newest.type === type) &&
    (!cloud || clouds.includes(cloud) || clouds.includes("all"))
  );
}

/** How well a pack matches: by its start, its names, its facts, its README. 0: not at all. */
function rank(pack, words) {
  let lowest = 4;
  for (const word of words) {
    let found = 0;
    if (pack.names.includes(word)) {
      found = pack.names.startsWith(word) || pack.names.includes(`\n${word}`) ? 4 : 3;
    } else if (pack.facts.includes(word)) {
      found = 2;
    } else if (readmes(pack).includes(word)) {
      found = 1;
    }
    if (!found) {
      return 0;
    }
    lowest = Math.min(lowest, found);
  }
  return lowest;
}

/** The packs that match, the best first. Packs that match equally keep their order. */
function matches(query, filters) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const ranked = packs
    .filter((pack) => passes(pack, filters))
    .map((pack) => ({ pack, rank: rank(pack, words) }))
    .filter((found) => found.rank > 0);
  ranked.sort((one, other) => other.rank - one.rank);
  return ranked;
}

/** The values of a filter with the number of their packs, the most frequent first. */
function frequencies(valuesOf) {
  const numbers = new Map();
  for (const pack of packs) {
    for (const value of valuesOf(pack.newest)) {
      numbers.set(value, (numbers.get(value) ?? 0) + 1);
    }
  }
  return [...numbers].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}
