"""What a text may say and what it may not: operators' templates are data.

Status pages have been taken over by an incident template (Cachet, CVE-2021-39174).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.locales import load_words
from incidents.rules import parse_local
from incidents.texts import TextError
from incidents.texts.model import NameType
from incidents.texts.sandbox import LONGEST_OUTPUT, Sandbox, Section, one_line

ROME = ZoneInfo("Europe/Rome")
CATALOGUES = Path(__file__).parents[2] / "templates" / "locales"
SANDBOX = Sandbox(load_words(CATALOGUES, "it", ROME))
NAMES: Mapping[str, NameType] = {
    "service": "text",
    "at": "datetime",
    "next_update_by": "datetime",
    "down": "list",
    "slow": "list",
    "peak": "number",
    "delay": "text",
    "today": "flag",
}
VALUES: Mapping[str, object] = {
    "service": "App",
    "at": parse_local("2020-12-07T21:49", ROME),
    "next_update_by": None,
    "down": ("Portafoglio", "Carte"),
    "slow": (),
    "peak": 14000,
    "delay": "",
    "today": True,
}


def compiled(source: str, line: int = 1) -> str:
    text = SANDBOX.compile(Section(Path("x.it.md"), line, source), NAMES)
    return text.render(VALUES)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ service }}", "App"),
        ("{{ at|date }}", "lunedì 7 dicembre 2020"),
        ("{{ at|day }}", "lunedì 7 dicembre"),
        ("{{ at|month|upper_first }}", "Dicembre 2020"),
        ("{{ at|time }}", "21:49"),
        ("{{ at|when }}", "21:49 di lunedì 7 dicembre 2020"),
        ("{{ at|by }}", "21:49"),
        ("{{ at|zone }}", "ora italiana"),
        ("{{ down|listed|lower_first }}", "portafoglio e Carte"),
        ("{{ (down + slow)|count }}", "2"),
        ("{{ down|count - 1 }}", "1"),
        ("{{ peak|number }}", "14.000"),
        ("{{ peak }}", "14000"),
        ("{{ down[0] }} {{ down[-1] }}", "Portafoglio Carte"),
        ('{{ delay|default("presto") }}', "presto"),
        ('{{ next_update_by|default("mai") }}', "mai"),
        ('{{ slow|default("niente") }}', "niente"),
        ('{{ service|default("x") }}', "App"),
        ('{{ "a" if today else "b" }}{{ "c" if slow }}', "a"),
        (
            "{% if next_update_by is none and peak is number and service is string %}x{% endif %}",
            "x",
        ),
        ("{% if down is defined and not slow %}x{% elif slow %}y{% else %}z{% endif %}", "x"),
        ('{% if "Carte" in down and peak > 2 and down|count != 3 %}x{% endif %}', "x"),
        (
            '{% for a in down %}{{ loop.index }}{{ a }}{{ ", " if loop.first }}{% endfor %}',
            "1Portafoglio, 2Carte",
        ),
        ('{% for a in down + slow if a != "Carte" %}{{ a }}{% endfor %}', "Portafoglio"),
        ("{% for a in slow %}{{ a }}{% else %}nessuno{% endfor %}", "nessuno"),
        ("{# note #}a{% raw %}{{ b }}{% endraw %}", "a{{ b }}"),
        ("<b>&amp;</b> \"'", "<b>&amp;</b> \"'"),
        ("a\n{% if slow %}\nb\n{% endif %}\nc", "a\nc"),
        ("a\n\n{% if slow %}\nb\n\n{% endif %}\n\n\n \t\nc\n\n", "a\n\nc"),
    ],
)
def test_what_a_text_may_say(source: str, expected: str) -> None:
    assert compiled(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        # The classics: from a value to its class, to every class, to the system.
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ service.__class__ }}",
        "{{ service['__class__'] }}",
        "{{ down[service] }}",
        "{{ service|attr('__class__') }}",
        "{{ down|map(attribute='__class__')|list }}",
        "{{ down|map('upper') }}",
        "{{ service|format(1) }}",
        "{{ '%s' % service }}",
        "{{ '{0.__class__}'.format(service) }}",
        "{{ service.format_map }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ lipsum(5) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ joiner() }}",
        "{{ namespace() }}",
        "{{ dict(a=1) }}",
        "{{ range(10) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ context }}",
        "{{ config }}",
        "{{ request }}",
        "{{ get_flashed_messages.__globals__ }}",
        "{{ url_for.__globals__ }}",
        "{{ loop }}",
        "{{ loop.index }}",
        "{% for a in down %}{{ loop }}{% endfor %}",
        "{% for a in down %}{{ loop.__class__ }}{% endfor %}",
        "{% for a in down %}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% for a in down %}{{ loop.previtem }}{% endfor %}",
        "{% for a in down %}{{ loop._iterable }}{% endfor %}",
        "{% for a in down %}{% endfor %}{{ a }}",
        "{% for a in down %}{% endfor %}{{ loop.index }}",
        # Other files and code of one's own.
        "{% include '/etc/passwd' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% macro a() %}{% endmacro %}",
        "{% call service() %}{% endcall %}",
        "{% filter upper_first %}a{% endfilter %}",
        "{% set a = 1 %}",
        "{% set a %}x{% endset %}",
        "{% with a = 1 %}{% endwith %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% do service %}",
        "{% debug %}",
        # Long runs and large results.
        "{% for a in range(10**9) %}{% endfor %}",
        "{% for a in service %}{% endfor %}",
        "{% for a in 'abc' %}{% endfor %}",
        "{% for a in [1, 2] %}{% endfor %}",
        "{% for a in down %}{% for b in down %}{% endfor %}{% endfor %}",
        "{% for a in down recursive %}{{ loop(down) }}{% endfor %}",
        "{% for a in down recursive %}{{ a }}{% endfor %}",
        "{% for a, b in down %}{% endfor %}",
        "{% for down in down %}{% endfor %}",
        "{% for loop in down %}{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ down * 1000000 }}",
        "{{ peak // 0 }}",
        "{{ peak / 0 }}",
        "{{ service ~ down }}",
        "{{ service[0] }}",
        "{{ down[0:1] }}",
        "{{ down['x'] }}",
        "{{ down[true] }}",
        "{{ {'a': 1} }}",
        # Filters and tests that are not on the list, or not used as they are meant.
        "{{ service|safe }}",
        "{{ service|pprint }}",
        "{{ service|upper }}",
        "{{ service|default }}",
        "{{ service|default(lipsum) }}",
        "{{ service|default('a', true) }}",
        "{{ service|default(default_value='a') }}",
        "{{ at|date('x') }}",
        "{{ at|date(*down) }}",
        "{% if service is sameas(none) %}{% endif %}",
        "{% if service is mapping %}{% endif %}",
        "{% if service is callable %}{% endif %}",
    ],
)
def test_what_it_may_not(source: str) -> None:
    with pytest.raises(TextError) as caught:
        SANDBOX.compile(Section(Path("x.it.md"), 1, source), NAMES)
    assert caught.value.problems[0].startswith("x.it.md:1: ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\n\n{{ nobody }}", "x.it.md:9: unknown name 'nobody'; there are: at, delay, down, next"),
        ("\n{{ at|strftime }}", "x.it.md:8: unknown filter 'strftime'; there are: date, day"),
        ("{% if a %}", "x.it.md:7: unknown name 'a'"),
        ("{% if at is odd %}{% endif %}", "x.it.md:7: unknown test 'odd'; there are: defined"),
        ("\n{% set a = 1 %}", "x.it.md:8: {% set %} cannot be used in a text"),
        ("\n\n{% autoescape true %}{% endautoescape %}", "x.it.md:9: {% autoescape %} cannot"),
        ("{{ service.upper() }}", "x.it.md:7: a call cannot be used in a text"),
        ("\n{% else %}", "x.it.md:8: "),
        ("a\n{{ at", "x.it.md:8: "),
    ],
)
def test_errors_carry_the_line_of_the_file(source: str, expected: str) -> None:
    text = source if "{% if a %}" not in source else source + "{% endif %}"
    with pytest.raises(TextError) as caught:
        SANDBOX.compile(Section(Path("x.it.md"), 7, text), NAMES)
    assert caught.value.problems[0].startswith(expected)


def test_all_errors_of_a_text_together() -> None:
    with pytest.raises(TextError) as caught:
        compiled("{{ a }}\n{{ b }}{{ b }}\n{{ at|c }}")
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "x.it.md:1: unknown name 'a'",
        "x.it.md:2: unknown name 'b'",
        "x.it.md:3: unknown filter 'c'",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\n{{ next_update_by|by }}", "x.it.md:8: |by needs a date and time, and here is nothing"),
        ("\n\n{{ next_update_by }}", "x.it.md:9: there is no value to print here"),
        ("{{ at }}", "x.it.md:7: a datetime needs a filter to be printed"),
        ("{{ down }}", "x.it.md:7: a tuple needs a filter to be printed"),
        ("{{ today }}", "x.it.md:7: a bool needs a filter"),
        ("{{ true }}", "x.it.md:7: a bool needs a filter"),
        ("{{ 1.5 }}", "x.it.md:7: a float needs a filter"),
        ("{{ down[5] }}", "x.it.md:7: "),
        ("{{ service|listed }}", "x.it.md:7: |listed needs a list, and here is 'App'"),
        ("{{ today|number }}", "x.it.md:7: |number needs a number, and here is True"),
        ("{{ ('a' if slow)|upper_first }}", "x.it.md:7: |upper_first needs text, and here is noth"),
        ("{{ service + peak }}", "x.it.md:7: "),
        ("{% if at > 3 %}{% endif %}", "x.it.md:7: "),
    ],
)
def test_what_fails_when_rendered_carries_the_line_too(source: str, expected: str) -> None:
    with pytest.raises(TextError) as caught:
        compiled(source, line=7)
    assert caught.value.problems[0].startswith(expected)


@pytest.mark.parametrize(
    "source",
    [
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{{ 1" + " + 1" * 5_000 + " }}",
        "{% for a in down" + " + down" * 5_000 + " %}{% endfor %}",
        "{% if " + "not " * 40 + "today %}{% endif %}",
        "{% if today %}" * 200 + "{% endif %}" * 200,
        "{{ service" + "|upper_first" * 5_000 + " }}",
        "{{ " + "9" * 5_000 + " }}",
    ],
)
def test_what_is_built_to_break_the_parser(source: str) -> None:
    with pytest.raises(TextError, match=r"^x\.it\.md:\d+: (this is nested|a number is too long)"):
        compiled(source)


def test_as_deep_as_a_text_may_go_it_still_compiles() -> None:
    levels = 12
    assert compiled("{% if today %}" * levels + "x" + "{% endif %}" * levels) == "x"


def test_the_output_has_a_limit() -> None:
    loop = "{% for a in down %}" + "x" * (LONGEST_OUTPUT // 2) + "{% endfor %}"
    assert len(compiled(loop, line=7)) == LONGEST_OUTPUT
    with pytest.raises(TextError, match="more than 20000 characters"):
        compiled(loop + "x", line=7)


def test_values_are_never_evaluated() -> None:
    text = SANDBOX.compile(Section(Path("x"), 1, "{{ delay }}"), NAMES)
    payload = "{{ ''.__class__ }}{% include 'x' %}{# a #}<script>"
    assert text.render({**VALUES, "delay": payload}) == payload


@given(st.text(alphabet="{}%#|.()[]'\" \nadowni_0123+-*~=<>,:", max_size=60))
@settings(max_examples=300)
def test_any_text_is_rendered_or_refused(source: str) -> None:
    problems: tuple[str, ...] = ()
    try:
        compiled(source)
    except TextError as error:
        problems = error.problems
    assert all(problem.startswith("x.it.md:") for problem in problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\nb", "a b"), (" a \n\n\t b ", "a b"), ("3\u00a0giorni", "3\u00a0giorni"), ("", "")],
)
def test_one_line(text: str, expected: str) -> None:
    assert one_line(text) == expected
