"""What a browser's parser finds on a page, as JSON.

Usage: read_page.py FILE

{"unclosed": [tags that are closed in the wrong order or not at all], "foreign": [attributes that fetch
something], "scripts": n, "headings": […], "pictures": [labels], "tables": [{"caption", "rows": [[…]]}],
"notices": […], "sources": [texts of pre elements]}
"""

import html.parser
import json
import sys

VOID = {"meta", "link", "img", "br", "hr", "input"}
FETCHING = {"src", "href", "srcset", "data", "action", "poster"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.found = [], {
            "unclosed": [], "foreign": [], "scripts": 0, "headings": [], "pictures": [], "tables": [],
            "notices": [], "sources": []}
        self.text = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.found["foreign"] += [f"{tag} {name}" for name in attributes if name in FETCHING]
        self.found["foreign"] += [f"{tag} {name}" for name, value in attributes.items()
                                  if "url(" in (value or "")]
        self.found["scripts"] += tag == "script" or any(name.startswith("on") for name in attributes)
        if attributes.get("role") == "img":
            self.found["pictures"].append(attributes.get("aria-label", ""))
        if tag == "table":
            self.found["tables"].append({"caption": "", "rows": []})
        if tag == "tr":
            self.found["tables"][-1]["rows"].append([])
        if tag not in VOID:
            self.open.append((tag, attributes.get("class")))
            if tag in ("h1", "h2", "h3", "caption", "th", "td", "p", "pre"):
                self.text = []

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.found["unclosed"].append(tag)
            return
        _, style = self.open.pop()
        text = "".join(self.text)
        if tag in ("h1", "h2", "h3"):
            self.found["headings"].append(text)
        elif tag == "caption":
            self.found["tables"][-1]["caption"] = text
        elif tag in ("th", "td"):
            self.found["tables"][-1]["rows"][-1].append(text)
        elif tag == "pre":
            self.found["sources"].append(text)
        elif tag == "p" and style == "notice":
            self.found["notices"].append(text)

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1][0] == "style" and ("url(" in data or "@import" in data):
            self.found["foreign"].append("style")


reader = Reader()
with open(sys.argv[1], encoding="utf-8") as file:
    reader.feed(file.read())
reader.found["unclosed"] += [tag for tag, _ in reader.open]
print(json.dumps(reader.found))
