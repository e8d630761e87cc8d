/* Theme choice, command palette, toasts and dialogs. Every page also works without this file. */
const root = document.documentElement;

const remember = (theme) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `upwell_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.value === theme));
};

const leave = (toast) => {
  toast.classList.add("leaving");
  setTimeout(() => toast.remove(), 150);
};

const scheduleToasts = (scope) => {
  for (const toast of scope.querySelectorAll(".toasts > .toast:not(.error, .warning)"))
    setTimeout(() => { if (!toast.matches(":hover, :focus-within")) leave(toast); }, 8000);
};

const palette = () => document.getElementById("palette");

const openPalette = () => {
  const dialog = palette();
  if (!dialog || dialog.open) return false;
  dialog.showModal();
  dialog.querySelector("input").select();
  return true;
};

const typing = (target) => target.isContentEditable || target.matches("input, textarea, select");

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) { event.preventDefault(); remember(theme.value); return; }
  const search = event.target.closest("[data-open-palette]");
  if (search && openPalette()) { event.preventDefault(); return; }
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.openDialog);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    const toast = closer.closest(".toast");
    if (toast) leave(toast);
    else closer.closest("dialog")?.close();
    return;
  }
  const demo = event.target.closest("[data-fill-login]");
  if (demo) {
    document.querySelector("input[name=login]").value = demo.dataset.fillLogin;
    const password = document.querySelector("input[name=password]");
    password.value = demo.dataset.fillPassword || "";
    password.form.requestSubmit();
    return;
  }
  if (event.target.matches("dialog[open]")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.metaKey && !event.ctrlKey && !event.altKey && !typing(event.target)) {
    if (openPalette()) event.preventDefault();
    return;
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest("#palette")) {
    const links = [...palette().querySelectorAll(".palette-list a")];
    if (!links.length) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) palette().querySelector("input").focus();
    else links[Math.min(next, links.length - 1)].focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener("htmx:afterSettle", (event) => scheduleToasts(event.target.parentNode ?? document));
scheduleToasts(document);

document.addEventListener("htmx:afterSettle", (event) => {
  const shown = event.target.querySelector?.("[data-reveal]");
  if (shown && shown.getBoundingClientRect().top > innerHeight / 2) shown.scrollIntoView();
});
