/* The calculator of shapes. Which axes a tensor has comes from calculator-data.js, which the build takes from bf.shapes;
   here their names are multiplied out: "layers*directions". Without this script the page shows a table instead. */
"use strict";

(() => {
  const ROLES = { batch: "batch", seq: "seq", "sum(lengths)": "seq", "layers*directions": "layers" };
  const NUMBERS = ["input_size", "hidden_size", "num_layers", "proj_size", "batch", "seq"];
  const LEAST = { proj_size: 0, batch: 0, seq: 0 };

  /** What is wrong with the settings, by field; empty where nothing is. */
  function complaints(s) {
    const wrong = {};
    for (const name of NUMBERS) {
      const least = LEAST[name] ?? 1;
      if (!Number.isInteger(s[name]) || s[name] < least) wrong[name] = `a whole number, ${least} or more`;
    }
    if (!wrong.proj_size && s.kind === "LSTM" && s.proj_size >= s.hidden_size) {
      wrong.proj_size = `less than hidden_size=${s.hidden_size}`;
    }
    const lengths = s.lengths ?? [];
    if (s.form === "packed" && !(lengths.length && lengths.every((n) => Number.isInteger(n) && n >= 1))) {
      wrong.lengths = "whole numbers, 1 or more, one per sample";
    }
    return wrong;
  }

  /** Every shape for complete settings: [{name, axes, shape, why}], in the order of bf.shapes. */
  function shapes(s) {
    const cell = s.kind.endsWith("Cell");
    const proj = s.kind === "LSTM" ? s.proj_size : 0;
    const form = cell && s.form === "packed" ? "batched" : s.form;
    const flags = cell ? "000" : [s.batch_first, s.bidirectional, proj > 0].map(Number).join("");
    const sizes = {
      batch: form === "packed" ? s.lengths.length : s.batch,
      seq: s.seq,
      features: s.input_size,
      hidden: s.hidden_size,
      proj,
      layers: s.num_layers,
      directions: s.bidirectional ? 2 : 1,
      "sum(lengths)": (s.lengths ?? []).reduce((sum, n) => sum + n, 0),
    };
    return window.batchfirstShapes[`${s.kind} ${form} ${flags}`].map(([name, axes, why]) => ({
      name,
      axes,
      shape: axes.map((axis) => axis.split("*").reduce((product, factor) => product * sizes[factor], 1)),
      why: why.replace("{layers}", s.num_layers).replace("{proj}", proj),
    }));
  }

  function settings(form) {
    const field = (name) => form.elements[name];
    const s = { kind: field("kind").value, form: field("form").value };
    for (const name of NUMBERS) s[name] = field(name).value.trim() === "" ? NaN : Number(field(name).value);
    for (const name of ["batch_first", "bidirectional"]) s[name] = field(name).checked;
    s.lengths = field("lengths").value.split(/[\s,]+/).filter(Boolean).map(Number);
    return s;
  }

  /** Which fields count for this kind of module and this form of the input. */
  function counts(name, s) {
    const cell = s.kind.endsWith("Cell");
    if (name === "proj_size") return s.kind === "LSTM";
    if (name === "seq") return !cell && s.form !== "packed";
    if (name === "batch") return s.form === "batched" || (cell && s.form === "packed");
    if (name === "lengths") return !cell && s.form === "packed";
    if (["num_layers", "batch_first", "bidirectional"].includes(name)) return !cell;
    return true;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function row({ name, axes, shape, why }) {
    const made = element("tr");
    const head = element("th");
    head.scope = "row";
    head.append(element("code", "", name));
    const bars = element("span", "bars");
    axes.forEach((axis, number) => {
      const label = `${axis.replaceAll("*", " × ")} ${shape[number]}`;
      const bar = element("span", `bar ${ROLES[axis] ?? "features"}`, label);
      bar.title = label;
      bars.append(bar);
    });
    const picture = element("td");
    picture.append(bars);
    if (document.getElementById("calculated").dataset.noWhy === undefined) picture.append(element("span", "why", why));
    const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
    made.append(head, element("td", "mono", tuple), picture);
    return made;
  }

  function show(form, body) {
    const s = settings(form);
    for (const field of form.elements) {
      if (field.name && field.name !== "kind" && field.name !== "form") field.disabled = !counts(field.name, s);
    }
    const packed = form.elements.form.querySelector('option[value="packed"]');
    packed.disabled = s.kind.endsWith("Cell");
    const wrong = complaints(s);
    let told = "";
    for (const name of [...NUMBERS, "lengths"]) {
      const bad = counts(name, s) && wrong[name];
      form.elements[name].setAttribute("aria-invalid", bad ? "true" : "false");
      if (bad && !told) told = `${name}: ${bad}`;
    }
    form.querySelector("output").textContent = told;
    if (!told) body.replaceChildren(...shapes({ ...s, seq: counts("seq", s) ? s.seq : 0 }).map(row));
  }

  function start() {
    const form = document.getElementById("shapes-form");
    if (!form || form.dataset.started) return;
    form.dataset.started = "yes";
    const body = document.querySelector("#calculated tbody");
    form.hidden = false;
    document.querySelector("#calculated caption").hidden = true; // the form tells the settings from now on
    form.addEventListener("input", () => show(form, body));
    form.addEventListener("submit", (event) => event.preventDefault());
    show(form, body);
  }

  window.batchfirstCalculator = { shapes, complaints };
  document.addEventListener("DOMContentLoaded", start);
  if (document.readyState !== "loading") start();
})();
