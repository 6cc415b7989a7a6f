"use strict";

// Content of packs reaches the document here alone, and only as text.

const byId = (id) => document.getElementById(id);

/** Creates an element. `text` becomes its text; other properties are those of the element. */
function element(tag, properties = {}, ...children) {
  const { text, attributes = {}, ...rest } = properties;
  const created = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes)) {
    created.setAttribute(name, value);
  }
  if (text !== undefined) {
    created.textContent = text;
  }
  created.append(...children.filter(Boolean));
  return created;
}

/** Text of a pack. Its direction does not change what is next to it. */
const packText = (tag, className, text) => element(tag, { className, text, dir: "auto" });

const readJson = (id) => JSON.parse(byId(id).textContent);

const catalog = readJson("index");
const packs = catalog.packs.map((pack, number) => ({
  ...pack,
  number,
  newest: pack.versions[0],
  title: pack.versions[0].display || pack.name,
}));

const contents = new Map();

/** Logo and files of a pack. They follow this script in the document, and are parsed once. */
function contentsOf(pack) {
  if (!contents.has(pack.number)) {
    contents.set(pack.number, readJson(`pack-${pack.number}`));
  }
  return contents.get(pack.number);
}

const documentRead = new Promise((resolve) => {
  document.addEventListener("DOMContentLoaded", resolve, { once: true });
});

const LAYERS = new Map([
  ["kernel", "Kernel"],
  ["os", "Operating system"],
  ["k8s", "Kubernetes"],
  ["cni", "Network"],
  ["csi", "Storage"],
  ["addon", "Add-on"],
  ["other", "Other"],
]);

/** The layer in the filter. Layers that Palette does not know are one: a pack can name any. */
const layerGroup = ({ layer = "" }) => (LAYERS.has(layer) || !layer ? layer : "other");
const layerName = (layer) => LAYERS.get(layer) ?? layer;
const cloudName = (cloud) => (cloud === "all" ? "All clouds" : cloud);
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function sizeText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = bytes;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit && size < 99.5 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

const dateText = (time) =>
  new Date(time).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });

/** The logo of a pack, or its initials until the logo is there. */
function logo(pack) {
  const initials = pack.title
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0].toUpperCase())
    .join("");
  let tone = 0;
  for (const character of pack.name) {
    tone = (tone * 31 + character.codePointAt(0)) % 8;
  }
  return element("span", {
    className: `logo tone-${tone}`,
    text: initials || "\u2022",
    attributes: { "aria-hidden": "true" },
  });
}

/** Replaces the initials. An image that the browser can't read leaves them. */
function showLogo(tile, pack) {
  const source = pack.hasLogo && contentsOf(pack).logo;
  if (source) {
    const image = element("img", { alt: "", decoding: "async" });
    image.addEventListener("load", () => {
      tile.replaceChildren(image);
      tile.classList.add("has-image");
    });
    image.src = source;
  }
}
