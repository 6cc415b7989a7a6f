// The list of packs.

const addressOf = (pack, version) =>
  `#${new URLSearchParams(version ? { pack: pack.name, version } : { pack: pack.name })}`;

function card(pack) {
  const { newest, versions } = pack;
  const link = element("a", { href: addressOf(pack), text: pack.title, dir: "auto" });
  const tile = logo(pack);
  const clouds = (newest.clouds ?? []).filter((cloud) => cloud !== "all");
  const cloudText = clouds.slice(0, 2).join(", ");
  const more = clouds.length > 2 ? ` +${clouds.length - 2}` : "";
  const item = element(
    "li",
    { className: "card" },
    tile,
    element(
      "div",
      { className: "card-names" },
      element("h2", {}, link),
      packText("p", "name", pack.name),
    ),
    newest.summary && packText("p", "summary", newest.summary),
    newest.note && packText("p", "note", newest.note),
    element(
      "p",
      { className: "tags" },
      newest.version && packText("span", "version", newest.version),
      versions.length > 1 && element("span", { text: counted(versions.length, "version") }),
      newest.layer && packText("span", "", layerName(newest.layer)),
      newest.type && packText("span", "", newest.type),
      cloudText && packText("span", "", cloudText + more),
    ),
  );
  pack.item = item;
  pack.link = link;
  pack.tile = tile;
  return item;
}

const packOfItem = new Map();

function showCards() {
  const all = document.createDocumentFragment();
  for (const pack of packs) {
    const item = card(pack);
    packOfItem.set(item, pack);
    all.append(item);
  }
  byId("list").append(all);
}

/** Shows logos when their cards come near the window. */
function loadLogos() {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) {
          observer.unobserve(target);
          const pack = packOfItem.get(target);
          showLogo(pack.tile, pack);
        }
      }
    },
    { rootMargin: "600px" },
  );
  for (const item of packOfItem.keys()) {
    observer.observe(item);
  }
}

/** Moves the focus by arrow keys, Home and End. Returns whether it did. */
function moveFocus(key, item) {
  const items = [...byId("list").children];
  const position = items.indexOf(item);
  const { offsetTop } = items[0];
  const columns = items.findIndex((each) => each.offsetTop > offsetTop);
  const steps = new Map([
    ["ArrowLeft", -1],
    ["ArrowRight", 1],
    ["ArrowUp", columns > 0 ? -columns : -items.length],
    ["ArrowDown", columns > 0 ? columns : items.length],
    ["Home", -position],
    ["End", items.length - 1 - position],
  ]);
  if (!steps.has(key)) {
    return false;
  }
  const next = position + steps.get(key);
  if (next < 0 && key === "ArrowUp") {
    byId("query").focus();
  } else {
    packOfItem.get(items[Math.max(0, Math.min(next, items.length - 1))]).link.focus();
  }
  return true;
}
