return function(html)
  return html .. "<!-- filtered -->"
end
