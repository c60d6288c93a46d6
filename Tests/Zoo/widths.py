"""The committed table of what can grow: by network and form, how many widths are free, uniform and
pinned, of which sizes, and why those that are pinned cannot grow."""

import json
import pathlib
import re
from collections import Counter

FILE = pathlib.Path(__file__).with_name("widths.json")


def grouped(widths):
    """Widths as inspect prints them, by freedom; sizes as "64×3", reasons without names."""
    found = {}
    for freedom in ("free", "uniform", "pinned"):
        members = [width for width in widths if width["freedom"] == freedom]
        if not members:
            continue
        sizes = Counter(width["size"] for width in members)
        found[freedom] = {
            "count": len(members),
            "sizes": " ".join(f"{size}×{count}" for size, count in sorted(sizes.items())),
        }
        if freedom == "pinned":
            reasons = {nameless(width["reasons"][0]) for width in members}
            found[freedom]["reasons"] = sorted(reasons)
    return found


def nameless(reason):
    return re.sub(r'"[^"]*"( and \d+ more)?', '"…"', reason)


class WidthTable:
    def __init__(self, updates):
        self.updates = updates
        self.entries = self.read()
        self.found = []

    @staticmethod
    def read():
        return json.loads(FILE.read_text()) if FILE.exists() else {}

    def compare(self, model, form, found):
        """A line about `found`; fails where the table says otherwise, unless it is rewritten."""
        from steps import Failure

        forms = self.entries.setdefault(model, {})
        if self.updates:
            forms[form] = found
            self.found.append((model, form))
        elif form not in forms:
            raise Failure("not in widths.json; --update adds it, to be reviewed")
        elif forms[form] != found:
            raise Failure(f"widths.json has {counts(forms[form])}, found {counts(found)}"
                          if counts(forms[form]) != counts(found)
                          else "sizes or reasons differ from widths.json; compare with --update")
        return counts(found)

    def merge(self, other):
        """Takes over what another table of the same run has found."""
        for model, form in other.found:
            self.entries.setdefault(model, {})[form] = other.entries[model][form]
        self.found += other.found

    def write(self):
        if self.updates:
            # Another run may have added to the file meanwhile.
            entries = self.read()
            for model, form in self.found:
                entries.setdefault(model, {})[form] = self.entries[model][form]
            text = json.dumps(entries, indent=1, ensure_ascii=False, sort_keys=True)
            FILE.write_text(text + "\n")

    def markdown(self, results):
        """A row for each network, and for forms whose widths differ: how many widths there are, and
        the largest relative difference of each step."""
        rows = {}
        for name, found in results.items():
            model, form = name.rsplit(".", 1)
            entry = self.entries.get(model, {}).get(form, {})
            rows.setdefault((model, counts(entry)), []).append((form, found))
        lines = ["| network | forms | widths | numbers | widened | deepened |", "|---|---|---|---|---|---|"]
        for (model, widths), members in rows.items():
            forms = ", ".join(form for form, _ in members)
            worst = [outcome([found.get(step) for _, found in members])
                     for step in ("numbers", "widen", "deepen")]
            lines.append("| " + " | ".join([model, forms, widths, *worst]) + " |")
        return "\n".join(lines) + "\n"


def outcome(results):
    """The largest difference, or what kept a step from giving one."""
    results = [result for result in results if result]
    if not results:
        return "–"
    troubles = sorted({result["status"] for result in results if result["status"] != "ok"})
    differences = [result["note"].split("onnxruntime ")[-1]
                   for result in results if result["status"] == "ok"]
    worst = [max(differences, key=float)] if differences else []
    return " / ".join(worst + troubles)


def counts(found):
    return ", ".join(
        f"{found.get(kind, {}).get('count', 0)} {kind}" for kind in ("free", "uniform", "pinned"))
