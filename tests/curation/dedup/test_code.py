"""Code: one other word, operator or name at one place is another program."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

SHORT = '''def allowed(user, door, hours):
    """Say whether the user may go through the door in these hours."""
    limit = 10 + door.level
    if user.active and hours < limit:
        return user.rank == door.rank
    if door.open or user.guest:
        total = sum(hours for _ in door.log)
        user.last = door.name
        return True
    return check(user, door)
'''
CHANGES = [
    ("user.active and hours", "user.active or hours"),
    ("hours < limit", "hours <= limit"),
    ("hours < limit", "hours > limit"),
    ("user.rank == door.rank", "user.rank != door.rank"),
    ("10 + door", "10 - door"),
    ("return True", "return False"),
    ("if user.active", "if not user.active"),
    ("if door.open or", "if !door.open or"),
    ("sum(hours", "max(hours"),
    ("sum(hours", "count(hours"),
    ("return check(user", "return test(user"),
    ("user.last = door.name", "user.last = user.name"),
    ("return user.rank", "return door.rank"),
    ("door.open or user.guest", "door.open or door.guest"),
    ("check(user, door)", "check(door, user)"),
    ("10 + door", "11 + door"),
    ("return True", "return None"),
    ("return check(user, door)", "raise check(user, door)"),
]
LONG = "\n\n\n".join(
    SHORT.replace("allowed", f"allowed_{name}").replace("door", name)
    for name in ("gate", "hatch", "bridge", "lock", "ferry")
)
FORMS = {
    "plain": text,
    "answer": lambda code: pair("Write me the function that we spoke of.", code),
    "fenced": lambda code: pair(
        "Write it.", f"This is what I would use:\n\n```python\n{code}```\n\n{page(1, 30)}"
    ),
    "asked": lambda code: pair(f"What does this do?\n\n```\n{code}```", page(2, 60)),
    "asked without a fence": lambda code: pair(f"What does this do?\n\n{code}", page(2, 60)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_one_place_of_a_short_function(change: tuple[str, str], form: str) -> None:
    assert change[0] in SHORT
    make = FORMS[form]
    one, other = make(SHORT), make(SHORT.replace(*change, 1))
    assert kept([one, other]) == 2
    assert kept([one], [other]) == 1


@pytest.mark.parametrize("change", [*CHANGES[:4], *CHANGES[5:8]], ids=str)
def test_an_operator_in_long_code(change: tuple[str, str]) -> None:
    other = LONG.replace("door", "hatch").replace(
        change[0].replace("door", "hatch"), change[1].replace("door", "hatch"), 1
    )
    assert kept([text(LONG), text(other)]) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if (a < b && b < c) {", "if (a < b || b < c) {"),
        ("let total = a + b;", "let total = a * b;"),
        ("while (!done) {", "while (done) {"),
        ("return i++;", "return i--;"),
        ("total = first;", "total = second;"),
    ],
)
def test_other_languages(old: str, new: str) -> None:
    code = (
        "function total(a, b, c, first, second) {\n  let done = false;\n  {0}\n"
        "    console.log(a, b, c, done);\n"
        "    first.push(second);\n  }\n  const all = [first, second, a, b, c];\n"
        "  return all.map(String);\n}\n"
    )
    assert kept([text(code.replace("{0}", one)) for one in (old, new)]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "SELECT name, town FROM guests WHERE age > 18 AND town = 'Bern' ORDER BY name, street LIMIT 20;",
            "SELECT name, town FROM guests WHERE age > 18 OR town = 'Bern' ORDER BY name, street LIMIT 20;",
        ),
        (
            "total = sum(one for one in values if one.active and one.up) + first(values, key) + last(values)",
            "total = sum(one for one in values if one.active and one.up) + first(values, key) - last(values)",
        ),
    ],
)
def test_a_single_line(one: str, other: str) -> None:
    assert kept([text(one), text(other)]) == 2
    assert kept([pair("Write it in one line.", one), pair("Write it in one line.", other)]) == 2


LINES = "a = 1\nb = 2\n{}\n" + "".join(f"send_{n}(a, b, {n})\n" for n in range(24))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "rows.group('town').total({'age': 'max'}).first()",
            "rows.group('town').total({'age': 'min'}).first()",
        ),
        ("open(path, 'r').read().strip().lower()", "open(path, 'w').read().strip().lower()"),
        ("names.sort(key=size).head(5)", "names.sort(key=size).tail(5)"),
        ("http PUT https://a.org/v1/towns name=Bern", "http POST https://a.org/v1/towns name=Bern"),
        ("terraform apply -target web -lock", "terraform destroy -target web -lock"),
        ("helm upgrade web --namespace test --wait", "helm upgrade web --namespace live --wait"),
        ("tar -tf old.tar -C /srv/app --verbose", "tar -xf old.tar -C /srv/app --verbose"),
    ],
)
def test_another_literal_method_or_option_in_code_without_a_fence(one: str, other: str) -> None:
    first, second = LINES.format(one), LINES.format(other)
    assert kept([text(first), text(second)]) == 2
    assert kept([pair("Write it.", first)], [pair("Write it.", second)]) == 1


def test_a_fence_that_begins_an_answer_is_one() -> None:
    fenced = "```sh\n{}\ncp a.txt b.txt\nmv b.txt c.txt\nls d.txt e.txt\ncat c.txt\nrm c.txt\n```"
    rows = [pair("Write it.", fenced.format(line)) for line in ("cd /srv", "cd /opt")]
    assert kept(rows) == 2


def test_what_is_no_change_of_code() -> None:
    commented = SHORT.replace("limit = 10", "# the level of the door is counted too\n    limit = 10")
    slip = commented.replace("counted too", "counted here")
    assert kept([text(commented), text(slip)]) == 1, "a comment"
    slip = SHORT.replace("Say whether", "Find whether")
    assert kept([text(SHORT), text(slip)]) == 1, "a docstring"
    long = f"{page(1, 90)}\n\n```\n{SHORT}```\n\n{page(2, 90)}"
    words = long.split(" ")
    words[40], words[60] = "slipa", "slipb"
    assert kept([text(long), text(" ".join(words))]) == 1, "the words around it"
    assert kept([text(LONG), text(LONG + "\n\ndef last(gate):\n    return gate\n")]) == 1, "what was added"
    renamed = LONG.replace("bridge.log", "bridge.book")
    assert kept([text(LONG), text(renamed)]) == 2, "another attribute, at one place"


def test_a_variable_that_is_renamed_throughout_stays_what_it_was() -> None:
    assert kept([text(LONG), text(LONG.replace("total", "amount"))]) == 1
