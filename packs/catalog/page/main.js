// Controls, keys, and the start.

const query = byId("query");
const clouds = byId("cloud");
const types = byId("type");

const chosenLayer = () => byId("layers").querySelector("input:checked")?.value ?? "";

function update() {
  const filters = { layer: chosenLayer(), cloud: clouds.value, type: types.value };
  const found = matches(query.value, filters);
  for (const { pack, rank: value } of found) {
    pack.item.classList.toggle("by-readme", value === 1);
  }
  byId("list").replaceChildren(...found.map(({ pack }) => pack.item));
  byId("empty").hidden = found.length > 0;
  byId("status").textContent =
    found.length === packs.length
      ? counted(packs.length, "pack")
      : `${found.length.toLocaleString("en")} of ${counted(packs.length, "pack")}`;
}

function showLayers() {
  const pill = (value, text, number) => {
    const input = element("input", { type: "radio", name: "layer", value, checked: !value });
    const count = element("span", { className: "count", text: String(number) });
    return element("label", {}, input, element("span", { className: "pill", text }, count));
  };
  const found = frequencies((newest) => [layerGroup(newest)].filter(Boolean));
  byId("layers").append(pill("", "All", packs.length));
  byId("layers").append(...found.map(([layer, number]) => pill(layer, layerName(layer), number)));
  byId("layers").hidden = found.length < 2;
}

function showOptions(select, every, found) {
  select.append(element("option", { value: "", text: every }));
  for (const [value, number] of found) {
    select.append(element("option", { value, text: `${value} (${number})` }));
  }
  select.closest("label").hidden = found.length < 2;
}

function showEmpty() {
  const none = packs.length === 0;
  byId("empty-title").textContent = none ? "No packs yet" : "No pack matches";
  byId("empty-text").textContent = none
    ? "Push a pack, then create this page again."
    : "Try fewer words, or another filter.";
  byId("reset").hidden = none;
}

function reset() {
  query.value = "";
  clouds.value = "";
  types.value = "";
  byId("layers").querySelector("input").checked = true;
  update();
  query.focus();
}

function onKey(event) {
  const { key, target } = event;
  if (dialog.open || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) {
    return;
  }
  const item = target.closest?.(".card");
  let handled = false;
  if (key === "/" && !target.matches("input[type=search]")) {
    query.select();
    query.focus();
    handled = true;
  } else if (target === query && key === "ArrowDown" && byId("list").firstElementChild) {
    packOfItem.get(byId("list").firstElementChild).link.focus();
    handled = true;
  } else if (item) {
    handled = moveFocus(key, item);
  }
  if (handled) {
    event.preventDefault();
  }
}

const versions = packs.reduce((sum, pack) => sum + pack.versions.length, 0);
byId("source").textContent = [
  catalog.source,
  versions > packs.length ? counted(versions, "version") : "",
  catalog.readAt && `as of ${dateText(catalog.readAt)}`,
]
  .filter(Boolean)
  .join(" \u00b7 ");
showLayers();
showOptions(
  clouds,
  "All clouds",
  frequencies((newest) => newest.clouds ?? []).filter(([cloud]) => cloud !== "all"),
);
showOptions(types, "All types", frequencies(({ type }) => (type ? [type] : [])));
showEmpty();
showCards();
update();
byId("controls").hidden = packs.length === 0;

byId("controls").addEventListener("input", update);
byId("reset").addEventListener("click", reset);
document.addEventListener("keydown", onKey);
byId("list").addEventListener("click", (event) => {
  openedHere = Boolean(event.target.closest("a"));
});
dialog.addEventListener("close", afterClose);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) {
    dialog.close();
  }
});
window.addEventListener("hashchange", followAddress);
performance.mark("usable");

documentRead.then(() => {
  loadLogos();
  followAddress();
  prepareSearch();
  performance.mark("complete");
});
