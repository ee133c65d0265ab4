"""What can be wrong with a notice template or an answer, as `incidents.texts` and the languages of
template and head say it: for the editor to say it in the reader's language."""

from __future__ import annotations

from publishers.documents._phrases import N_

KINDS = (
    N_("a call"),
    N_("a date"),
    N_("a date and time"),
    N_("a list"),
    N_("a number"),
    N_("a power"),
    N_("joining with ~"),
    N_("multiplication"),
    N_("none"),
    N_("nothing"),
    N_("text"),
)
"""What stands in the places of the sentences below."""

ELSE = N_("this cannot be read; the program says in English: {says}")
"""For what no sentence below is about."""

TEXT_FAULTS = (
    N_("it stands on the page"),
    N_("{number} shows it"),
    N_("is missing; write it in this language too"),
    N_("its fields differ from those of {path}: {here} here, {there} there"),
    N_("its rule differs from that of {path}"),
    N_("a file begins with its head, between two lines of ---"),
    N_("the head has no keys"),
    N_("the head may not use aliases (*name)"),
    N_("the head is nested too deeply"),
    N_("{name} stands here twice"),
    N_("there is text before the first of: {names}"),
    N_("there are two sections {name}"),
    N_("there is no text under {name}"),
    N_("{name} has no place here: the answer's rule does not say that"),
    N_("{name} says nothing with these values"),
    N_("this line holds the invisible character {code}, which changes the order of reading"),
    N_("this line holds the control character {code}"),
    N_("use small letters, digits and _"),
    N_("this name is taken"),
    N_("kind is {kind}, yet the file lies in the folder {folder}"),
    N_("Field required"),
    N_("Extra inputs are not permitted"),
    N_("Input should be a valid dictionary…"),
    N_("window: its last day is before its first"),
    N_("write a time of the day in quotes, as in {example}"),
    N_("write a day as in {example}"),
    N_("unknown name {name}; there are: {names}"),
    N_("unknown filter {name}; there are: {names}"),
    N_("unknown test {name}; there are: {names}"),
    N_("{name} cannot be used in a text"),
    N_("{name} takes no named arguments"),
    N_("{name} takes no argument"),
    N_("{name} takes {n} argument"),
    N_("|by is for notices: an answer has no moment to see a deadline from"),
    N_("{name} cannot be used; only loop.first, .last and .index can"),
    N_("only a list has items, and each has a number, as in affected[0]"),
    N_("a loop inside a loop cannot be used"),
    N_("a loop goes over a list"),
    N_("a loop needs one new name, as in …"),
    N_("this is nested too deeply"),
    N_("a number is too long"),
    N_("more than {n} characters"),
    N_("{name} needs {needed}, and here is {found}"),
    N_("there is no value to print here; ask first, with …"),
    N_("a {kind} needs a filter to be printed, such as |when"),
    # Jinja's own.
    N_("unexpected {sign}"),
    N_("unexpected char {sign} at {place}"),
    N_("unexpected end of template, expected {sign}."),
    N_("expected token {expected}, got {found}"),
    N_("Expected an expression, got {found}"),
    N_("Missing end of comment tag"),
    N_("Encountered unknown tag {name}.…"),
    N_("Unexpected end of template. …The innermost block that needs to be closed is {name}."),
    # YAML's own.
    N_("mapping values are not allowed …"),
    N_("could not find expected {sign}"),
    N_("did not find expected {sign}"),
    N_("found character …that cannot start any token"),
)
