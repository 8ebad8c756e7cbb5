"""The pages' words: the same keys in both languages, all of them used, and none in the templates."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

import scanflow.web
from scanflow.web.translations import LANGUAGES, Translation, language_of, words

TEMPLATES = sorted((Path(scanflow.web.__file__).parent / "templates").rglob("*.html"))
SAID_BY_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "label", "aria-description"}
# The block `kind` is a class of CSS.
_CLASSES = re.compile(r"\{% block kind %\}.*?\{% endblock %\}")
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_LITERAL_KEY = re.compile(r"""\bt\(\s*["']([a-z_.]+\d*)["']\s*[,)]""")
_BEGUN_KEY = re.compile(r"""\bt\(\s*["']([a-z_.]+)["']\s*~|["']([a-z_]+\.)["'] ~""")


class _Said(HTMLParser):
    """Collects what a person would read or hear; keys are called the same everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "meta", "link", "img", "use"}:
            self._within.append(tag)
        self.said += [value or "" for name, value in attrs if name in SAID_BY_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            while self._within.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"kbd", "script", "style"} & set(self._within):
            self.said.append(data)


def own_words(template: str) -> list[str]:
    """Words that stand in a template itself."""
    parser = _Said()
    parser.feed(_JINJA.sub("", _CLASSES.sub("", template)))
    return [
        found for text in parser.said for found in re.findall(r"[^\W\d_]{2,}", text) if found != "scanflow"
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(path: Path) -> None:
    assert own_words(path.read_text(encoding="utf-8")) == []


def test_own_words_are_found() -> None:
    assert own_words('<p class="x">{{ t("a") }} Quét</p>') == ["Quét"]
    assert own_words('<img alt="page {{ no }}" src="x.jpg"><kbd>Enter</kbd>') == ["page"]


def test_both_languages_have_the_same_keys_and_places() -> None:
    vietnamese, english = words("vi"), words("en")
    assert vietnamese.keys == english.keys

    def places(language: Translation, key: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(language(key)) if name}

    assert [key for key in english.keys if places(vietnamese, key) != places(english, key)] == []
    assert [key for language in (vietnamese, english) for key in english.keys if not language(key)] == []


def test_keys_of_templates_exist_and_none_is_left_over() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    literal = set(_LITERAL_KEY.findall(text))
    quoted = set(re.findall(r"""["']([a-z_]+\.[a-z_]+\d*)["']""", text)) & words("vi").keys
    begun = tuple({one or other for one, other in _BEGUN_KEY.findall(text)})
    assert literal - words("vi").keys == set()
    elsewhere = (
        *begun,
        "profile.",
        "language.",
        "field.",
        "log.",
        "log_of.",
    )  # by names that operators give, or of each language
    unused = {key for key in words("vi").keys - literal - quoted if not key.startswith(elsewhere)}
    assert unused == set()


def test_languages_are_vietnamese_unless_chosen() -> None:
    assert [language_of(value) for value in (None, "", "fr", "vi", "en")] == ["vi", "vi", "vi", "vi", "en"]
    assert LANGUAGES[0] == "vi"
    assert words("en").pick("English", "Tiếng Việt") == "English"
    assert words("vi").pick("English", "Tiếng Việt") == "Tiếng Việt"
    assert words("vi").or_name("profile", "duplex") == "Hai mặt"
    assert words("vi").or_name("profile", "lần đầu") == "lần đầu"
