"""The fragments of which a release's notes are made."""

from __future__ import annotations

import re


def test_every_fragment_is_one_sentence_for_users(root):
    """Named after its kind; its first word is the folder that changed."""
    for fragment in (root / ".changes").iterdir():
        assert re.fullmatch(
            r"[\w-]+\.(added|changed|deprecated|removed|fixed)\.md", fragment.name
        ), fragment.name
        text = fragment.read_text(encoding="utf-8").strip()
        folder, _, _ = text.partition(" ")
        assert (root / folder.strip("`")).is_dir(), fragment.name
        assert text.endswith("."), fragment.name
        assert "\n" not in text, fragment.name
