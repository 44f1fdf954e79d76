// Runs before the first paint, so that a dark room never sees a white flash.
;(function () {
  const saved = localStorage.getItem('picket.theme')
  document.documentElement.dataset.theme = saved === 'light' || saved === 'dark' ? saved : 'system'
})()
