(() => {
  "use strict";
  const filters = new Map();
  for (const tools of document.querySelectorAll(".tools")) {
    const table = document.getElementById(tools.dataset.table);
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const search = tools.querySelector("input");
    const choice = tools.querySelector("select");
    const chosen = () => (choice && choice.selectedIndex > 0 ? choice.selectedOptions[0].textContent : null);
    const said = tools.querySelector("output");
    const number = new Intl.NumberFormat("en");
    const apply = () => {
      const wanted = search.value.trim().toLowerCase();
      const only = chosen();
      let count = 0;
      rows.forEach((row, index) => {
        const fits = texts[index].includes(wanted)
          && (only === null || row.cells[choice.dataset.column].textContent.trim() === only.trim());
        row.hidden = !fits;
        count += fits;
      });
      said.textContent = `${number.format(count)} of ${number.format(rows.length)} shown`;
    };
    search.addEventListener("input", apply);
    if (choice) {
      choice.addEventListener("change", apply);
    }
    tools.hidden = false;
    apply();
    filters.set(tools.dataset.table, { search, choice, apply });
  }
  for (const button of document.querySelectorAll("button[data-show]")) {
    const filter = filters.get("errors-table");
    const index = filter ? [...filter.choice.options].findIndex((one) => one.textContent === button.dataset.show) : -1;
    button.hidden = index < 1;
    button.addEventListener("click", () => {
      filter.search.value = "";
      filter.choice.selectedIndex = index;
      filter.apply();
      document.getElementById("errors").scrollIntoView();
      filter.choice.focus({ preventScroll: true });
    });
  }
})();
