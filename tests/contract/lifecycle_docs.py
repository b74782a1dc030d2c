#!/usr/bin/env python3
"""docs/lifecycle.md and docs/lifecycle.svg show the table by which dispatch decides: they are fresh, and say all of it."""
import os
import pathlib
import re
import subprocess
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
CTL = pathlib.Path(os.environ["REDRESS_BIN"]) / "redressctl"
SVG = "{http://www.w3.org/2000/svg}"


def lifecycle(*options):
    return subprocess.run([CTL, "lifecycle", *options], capture_output=True, text=True, check=True).stdout


def drawn(svg):
    """Nodes and arrows with their texts: Graphviz' versions lay them out differently."""
    groups = [g for g in xml.etree.ElementTree.fromstring(svg).iter(SVG + "g") if g.get("class") in ("node", "edge")]
    return {(g.find(SVG + "title").text, tuple(sorted(t.text for t in g.iter(SVG + "text")))) for g in groups}


class LifecycleDocs(unittest.TestCase):
    def test_the_page_is_fresh(self):
        self.assertEqual((ROOT / "docs/lifecycle.md").read_text(encoding="utf-8"), lifecycle("--markdown"),
                         "make it anew: redressctl lifecycle --markdown >docs/lifecycle.md")

    def test_the_drawing_is_fresh(self):
        fresh = subprocess.run(["dot", "-Tsvg"], input=lifecycle("--dot"), capture_output=True, text=True, check=True)
        self.assertEqual(drawn((ROOT / "docs/lifecycle.svg").read_text(encoding="utf-8")), drawn(fresh.stdout),
                         "make it anew: redressctl lifecycle --dot | dot -Tsvg >docs/lifecycle.svg")

    def test_the_drawing_names_every_state(self):
        states = re.findall(r"^\| `(\w+)` \| (\S+) \| (?:yes)? *\|$", lifecycle("--markdown"), re.MULTILINE)
        self.assertEqual(len(states), 20)
        nodes = dict(drawn((ROOT / "docs/lifecycle.svg").read_text(encoding="utf-8")))
        for name, chinese in states:
            self.assertEqual(set(nodes[name]), {name, chinese})

    def test_forms_exclude_each_other(self):
        done = subprocess.run([CTL, "lifecycle", "--dot", "--markdown"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()
