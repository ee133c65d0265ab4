"""Small words, endings and words alike of the languages that posts are read in: `languages/*.toml`.

The small words are those that any text has, whatever it speaks of: they tell the language, and
nothing else. A language that has no file is compared word by word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).with_name("languages")
_SHORTEST_STEM = 4


@dataclass(frozen=True, slots=True)
class Language:
    """What has to be known of a language to compare words; `endings` from long to short."""

    small_words: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    alike: Mapping[str, str] = field(default_factory=dict)
    """By stem, the one that stands for all that say the same."""

    def stem(self, word: str) -> str:
        """The word without its ending: "registrata", "registrare" and "registro" are one, and so
        is "iscritta", which says the same."""
        stem = next((word.removesuffix(each) for each in self.endings if _ends(word, each)), word)
        return self.alike.get(stem, stem)


def _ends(word: str, ending: str) -> bool:
    return word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM


def _read(path: Path) -> Language:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    endings = sorted(said["endings"].split(), key=len, reverse=True)
    plain = Language(endings=tuple(endings))
    alike: dict[str, str] = {}
    for line in said["alike"].strip().splitlines():
        stems = [plain.stem(word) for word in line.split()]
        alike.update(dict.fromkeys(stems, stems[0]))
    return Language(frozenset(said["small_words"].split()), plain.endings, alike)


LANGUAGES: Mapping[str, Language] = {
    path.stem: _read(path) for path in sorted(_FOLDER.glob("*.toml"))
}
