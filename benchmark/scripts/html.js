(html) => html + "<!-- filtered -->"
