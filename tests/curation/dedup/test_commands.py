"""Commands of a shell: an option, an operator, an operand or who runs it makes another command."""

import pytest

from entropy_assets.curation.dedup.commands import n_other_options
from tests.curation.dedup.talks import kept, page, pair, text

COMMANDS = [
    ("make all > log.txt", "make all 2> log.txt"),
    ("make all > log.txt", "make all &> log.txt"),
    ("make all 2> log.txt", "make all 2>&1 log.txt"),
    ("tar xf site.tar", "tar cf site.tar"),
    ("sed s/ann/ben/ names.txt", "sed s/ann/ben/g names.txt"),
    ("grep -i ann names.txt", "grep -c ann names.txt"),
    ("sort names.txt", "sort -u names.txt"),
    ("chmod -R 755 site", "chmod 755 site"),
    ("ls -l /home", "ls -la /home"),
    ("gzip -d a.gz", "gzip -k a.gz"),
    ("[ -e app.pid ]", "[ ! -e app.pid ]"),
    ("docker run -it app", "docker run -d app"),
    ("pytest && git push", "pytest || git push"),
    ("echo done > out.log", "echo done >> out.log"),
    ("helm upgrade web -n test", "helm upgrade web -n live"),
    ("rm /srv/old", "rm /srv/new"),
    ("convert in=a.png out=b.png", "convert in=b.png out=a.png"),
    ("doas poweroff", "poweroff"),
    ("sudo systemctl stop web", "systemctl stop web"),
    ("wget -q https://a.org", "wget https://a.org"),
]
FORMS = {
    "prose": "Each evening, when the last boats are in, you type `{}` in the shell there, and then go home.",
    "bare": "Each evening, when the last boats are in, you type {} in the shell there, and then go home.",
    "fenced": "```bash\ncd /srv/app\ncp a.conf b.conf\ntouch run.log\n{}\ncat run.log\nexit\n```",
    "fenced in words": "This is all:\n\n```\ncd /srv/app\ncp a.conf b.conf\n{}\ncat run.log\n```\nGo home.",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("commands", COMMANDS, ids=str)
def test_another_command(commands: tuple[str, str], form: str) -> None:
    one, other = (FORMS[form].format(command) for command in commands)
    assert kept([pair("What do we do on the server in the evening?", own) for own in (one, other)]) == 2
    assert kept([text(one)], [text(other)]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("type `rm -rf x` now", "type `rm -fr x` now"),
        ("type `rm -r -f x` now", "type `rm -rf x` now"),
        ("it is so - and well - done", "it is so -- and well -- done"),
        ("Stop! said he", "Stop said he"),
        ("a well-known-mill", "a well known mill"),
        ("Bonjour ! Il est midi", "Bonjour. Il est midi"),
    ],
)
def test_what_is_no_other_option(one: str, other: str) -> None:
    assert n_other_options(one, other) == 0


def test_an_option_in_a_long_page() -> None:
    told = f"{page(1, 200)} you type ls{{}} there {page(2, 60)}"
    assert kept([text(told.format(option)) for option in ("", " -a")]) == 2
    assert kept([text(told.format(option)) for option in (" -l", " -a")]) == 2
