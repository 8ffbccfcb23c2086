// Runs before the first paint, as a plain script: a chosen theme must not flash the other one,
// and the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('baton.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; the system's own choice then holds.
}
