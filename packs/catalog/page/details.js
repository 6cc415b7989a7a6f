// The dialog with everything about one pack. The fragment of the address says which one.

const dialog = byId("details");
let shown = null;
let openedHere = false;

function packOfAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const pack = packs.find(({ name }) => name === address.get("pack"));
  if (!pack) {
    return null;
  }
  const wanted = pack.versions.findIndex(({ version }) => version === address.get("version"));
  return { pack, position: Math.max(0, wanted) };
}

/** Opens or closes the dialog as the address says. */
function followAddress() {
  const wanted = packOfAddress();
  if (!wanted) {
    openedHere = false;
    dialog.close();
    return;
  }
  if (shown?.pack !== wanted.pack || shown?.position !== wanted.position) {
    showDetails(wanted.pack, wanted.position);
  }
  if (!dialog.open) {
    dialog.showModal();
    dialog.scrollTop = 0;
    byId("details-title").focus();
  }
}

/** After Escape, the close button or a click outside: back to the list, where it was. */
function afterClose() {
  const pack = shown?.pack;
  if (dialog.open || !pack) {
    return;
  }
  shown = null;
  if (packOfAddress()?.pack === pack) {
    if (openedHere) {
      history.back();
    } else {
      history.replaceState(null, "", "#");
    }
  }
  openedHere = false;
  pack.link.focus();
}

function showDetails(pack, position) {
  shown = { pack, position };
  const facts = pack.versions[position];
  const { versions, texts } = contentsOf(pack);
  const [readme, values] = versions[position].map((number) => texts[number]);
  const tile = logo(pack);
  showLogo(tile, pack);
  const close = element("button", {
    type: "button",
    className: "close",
    text: "\u00d7",
    attributes: { "aria-label": "Close" },
  });
  close.addEventListener("click", () => dialog.close());
  const title = element("h2", { id: "details-title", tabIndex: -1, dir: "auto" });
  title.textContent = facts.display || pack.name;
  dialog.replaceChildren(
    element(
      "header",
      { className: "details-head" },
      tile,
      element("div", { className: "card-names" }, title, packText("p", "name", pack.name)),
      close,
    ),
    element(
      "div",
      { className: "details-body" },
      element(
        "aside",
        { attributes: { "aria-label": "Facts" } },
        versionField(pack, position),
        facts.note && packText("p", "note", facts.note),
        referenceField(facts.reference),
        factList(facts),
      ),
      files([
        ["README", readme, "This version has no README."],
        ["values.yaml", values, "This version has no values."],
      ]),
    ),
  );
}

function versionField(pack, position) {
  const select = element("select", { id: "version" });
  pack.versions.forEach(({ version }, number) => {
    const text = version || "(no version)";
    select.append(element("option", { value: number, text: number ? text : `${text} (newest)` }));
  });
  select.value = position;
  select.addEventListener("change", () => {
    const number = Number(select.value);
    showDetails(pack, number);
    history.replaceState(null, "", addressOf(pack, pack.versions[number].version));
    byId("version").focus();
  });
  const label = pack.versions.length > 1 ? `Version, ${pack.versions.length} available` : "Version";
  return element("label", { className: "field" }, element("span", { text: label }), select);
}

/** A reference, which a browser breaks after slashes if it is long. */
function referenceText(reference) {
  const code = element("code", { dir: "auto" });
  for (const part of reference.split(/(?<=\/)|(?=:)/)) {
    code.append(part, element("wbr"));
  }
  return code;
}

function referenceField(reference) {
  return element(
    "div",
    { className: "reference" },
    element("p", { className: "label", text: "Reference" }),
    referenceText(reference),
    copyButton("Copy reference", reference),
  );
}

function factList(facts) {
  const { layer, type, clouds = [], size, pushed, digest } = facts;
  const name = layer && layerName(layer);
  const list = element("dl");
  const rows = [
    ["Layer", name && name !== layer ? `${name} (${layer})` : name],
    ["Type", type],
    ["Clouds", clouds.map(cloudName).join(", ")],
    ["Size", size !== undefined && sizeText(size)],
    ["Pushed", pushed && dateText(pushed)],
    ["Digest", digest],
  ];
  for (const [term, text] of rows.filter((row) => row[1])) {
    const className = term === "Digest" ? "digest" : "";
    list.append(element("div", {}, element("dt", { text: term }), packText("dd", className, text)));
  }
  return list;
}

function copyButton(label, text) {
  const button = element("button", { type: "button", className: "button", text: label });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed: select and copy";
    }
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
  return button;
}

/** Files as tabs: arrow keys change the tab. */
function files(all) {
  const tabs = element("div", { className: "tabs", role: "tablist", ariaLabel: "Files" });
  const panel = element("div", { className: "panel", id: "file", role: "tabpanel", tabIndex: 0 });
  const select = (position) => {
    const [name, text, missing] = all[position];
    [...tabs.children].forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === position));
      tab.tabIndex = number === position ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${position}`);
    panel.replaceChildren(
      text ? packText("pre", "", text) : element("p", { className: "missing", text: missing }),
      text && name !== "README" ? copyButton(`Copy ${name}`, text) : "",
    );
  };
  all.forEach(([name], position) => {
    const tab = element("button", { type: "button", id: `tab-${position}`, role: "tab", text: name });
    tab.setAttribute("aria-controls", "file");
    tab.addEventListener("click", () => select(position));
    tabs.append(tab);
  });
  tabs.addEventListener("keydown", (event) => {
    const position = [...tabs.children].indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && position >= 0) {
      const next = (position + step + all.length) % all.length;
      select(next);
      tabs.children[next].focus();
    }
  });
  select(all[0][1] ? 0 : 1);
  return element("section", { className: "files", ariaLabel: "Files" }, tabs, panel);
}
