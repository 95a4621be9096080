// Proposes standards while codes are typed: a combobox with a list (WAI-ARIA APG, "list autocomplete
// with manual selection"). What is typed is never changed unless one is picked.
(() => {
  const WAIT_MS = 200;
  const words = (field) => field.value.split(",").pop().trim();

  const equip = (field) => {
    const list = document.createElement("ul");
    list.id = `${field.id}-standards`;
    list.className = "picker-list";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    field.after(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");
    let timer = 0;
    let at = -1;

    const close = () => {
      list.hidden = true;
      at = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const pick = (option) => {
      const before = field.value.split(",").slice(0, -1).map((code) => code.trim());
      field.value = [...before, option.dataset.code].join(", ");
      close();
    };
    const show = (found) => {
      list.replaceChildren(...found.map((one, n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.setAttribute("role", "option");
        option.dataset.code = one.code;
        const code = document.createElement("strong");
        code.textContent = one.code;
        option.append(code, ` ${one.statement}`);
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          pick(option);
        });
        return option;
      }));
      list.hidden = found.length === 0;
      at = -1;
      field.setAttribute("aria-expanded", String(found.length > 0));
    };
    const ask = async () => {
      const typed = words(field);
      if (typed.length < 2) return close();
      try {
        const answer = await fetch(`${field.dataset.address}?q=${encodeURIComponent(typed)}`);
        if (answer.ok && typed === words(field)) show(await answer.json());
      } catch {
        close(); // no network: it is a plain field
      }
    };
    const move = (step) => {
      const options = [...list.children];
      if (list.hidden || !options.length) return;
      options[at]?.setAttribute("aria-selected", "false");
      at = (at + step + options.length) % options.length;
      options[at].setAttribute("aria-selected", "true");
      options[at].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", options[at].id);
    };

    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") move(1);
      else if (event.key === "ArrowUp") move(-1);
      else if (event.key === "Escape" && !list.hidden) close();
      else if (event.key === "Enter" && at >= 0) pick(list.children[at]);
      else return;
      event.preventDefault();
    });
  };
  document.querySelectorAll("[data-standard-picker]").forEach(equip);
})();
