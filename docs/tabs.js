// Shows examples in several languages as tabs, and remembers the reader's language. Without this
// script they are one below the other, to be opened.

(() => {
  const KEY = "raisfast-language";
  const groups = [];

  // localStorage throws where a browser keeps nothing for a page.
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const keep = (language) => {
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // The choice holds for this page.
    }
  };

  const isExample = (element) => element?.matches("details.language") ?? false;

  // mdBook wraps a block of code in `pre`, which has the code and buttons.
  const isRust = (element) =>
    (element?.matches("pre") && element.querySelector("code.language-rust") !== null) ?? false;

  function groupOf(first) {
    const panels = [];
    const before = first.previousElementSibling;
    if (isRust(before)) panels.push({ language: "Rust", element: before });
    for (let next = first; isExample(next); next = next.nextElementSibling) {
      panels.push({ language: next.querySelector("summary").textContent, element: next });
    }
    return panels;
  }

  function show(group, language) {
    const chosen = group.find((tab) => tab.language === language) ?? group[0];
    for (const tab of group) {
      const isChosen = tab === chosen;
      tab.panel.hidden = !isChosen;
      tab.button.setAttribute("aria-selected", String(isChosen));
      tab.button.tabIndex = isChosen ? 0 : -1;
    }
  }

  function choose(language, button) {
    // What is above the button may change its height: the button stays where it is.
    const before = button.getBoundingClientRect().top;
    for (const group of groups) show(group, language);
    window.scrollBy(0, button.getBoundingClientRect().top - before);
    keep(language);
  }

  function move(group, tab, event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = group[(group.indexOf(tab) + step + group.length) % group.length];
    next.button.focus();
    choose(next.language, next.button);
  }

  function build(panels, number) {
    const bar = document.createElement("div");
    bar.className = "language-tabs";
    bar.setAttribute("role", "tablist");
    bar.setAttribute("aria-label", "Language of the example");
    panels[0].element.before(bar);
    const group = panels.map(({ language, element }, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = language;
      button.id = `language-${number}-${index}`;
      button.setAttribute("role", "tab");
      bar.append(button);

      const panel = document.createElement("div");
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      element.before(panel);
      if (isExample(element)) {
        element.querySelector("summary").remove();
        panel.append(...element.childNodes);
        element.remove();
      } else {
        panel.append(element);
      }
      return { language, button, panel };
    });
    for (const tab of group) {
      tab.button.addEventListener("click", () => choose(tab.language, tab.button));
      tab.button.addEventListener("keydown", (event) => move(group, tab, event));
    }
    groups.push(group);
  }

  const isFirst = (element) => !isExample(element.previousElementSibling);
  const examples = [...document.querySelectorAll("details.language")].filter(isFirst);
  examples.map(groupOf).forEach(build);
  for (const group of groups) show(group, kept());
})();
