"""E-mail addresses of persons are found in any script with spaces; what code and machines write is none."""

import polars as pl
import pytest

from entropy_assets.curation.screening.addresses import EMAIL_PREFILTER, emails


def found(text: str) -> list[str]:
    spans = [text[start:end] for _, start, end in emails(text)]
    if spans:
        assert pl.Series([text]).str.contains(EMAIL_PREFILTER).all()
    return spans


@pytest.mark.parametrize(
    "address",
    [
        "jörg@müller-söhne.de",
        "Jörg.Müller@städtische-bühne.de",
        "иван@почта.рф",
        "νίκος@εταιρεία.ελ",
        "anna@xn--mller-shne-9db6g.de",
        "o'neill@firm.ie",
        "anna+lists@mail.uni-bonn.de",
        "a.b-c_d@sub.firm.co.uk",
        "zhang3@163.com",
        "mark@rust.md",
        '"eva.lund"@firm.se',
        '"Eva+lists"@mail.firm.co.uk',
        "eva@next-gen.io",
        "eva@data.gov",
        "ANNA@FIRM.COM",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "{}",
        "Write to {}.",
        "<{}>",
        "mailto:{}",
        "E-mail:{}",
        "email={}",
        "请联系{}。",
        "{}, {}",
        "({})",
        "\n{}\n",
    ],
)
def test_an_address_of_a_person_is_found(address: str, place: str) -> None:
    text = place.replace("{}", address)
    assert found(text) == [address] * place.count("{}")


@pytest.mark.parametrize(
    "text",
    [
        "git clone git@github.com:acme/tool.git",
        "git@host.example",
        "git@git.acme-corp.net",
        "scp a.txt deploy@web1.acme-corp.net:/srv/app/",
        "scp deploy@web1.acme-corp.net:app/a.txt .",
        "rsync -av build/ www@web1.acme-corp.net::module",
        "ssh anna@web1.acme-corp.net",
        "ssh -p 2222 -i key anna@web1.acme-corp.net uptime",
        "12345+anna@users.noreply.github.com",
        "noreply@firm.com, no-reply@firm.com, do-not-reply@mail.firm.com, donotreply@firm.com",
        "notifications@noreply.firm.com, mailer-daemon@firm.com, bounce+x=1@bounces.firm.com",
        "y = W@x.flatten()",
        "fit@model.frame and obj@meta.data and pbmc@meta.data$cluster",
        "h = x@self.weight.T + b",
        "a = q@k.mm(v)",
        "r = A@B.map(f)",
        "z = u@v.real[0]",
        "npm install react@18.2.0 vue@3.4.x left-pad@1.0.0-rc.1",
        "import x from 'npm:chalk@5.3.0'",
        "pip install tool@git+https://git.acme-corp.net/x",
        "FROM image@sha256:0123456789abcdef",
        "@app.route('/x')\ndef f(): pass",
        "@anna@mastodon.social said it, and @bob.builder too",
        "@user:matrix.org",
        "icon@2x.png, logo@3x.webp, getty@tty1.service, user@1000.service",
        "me@example.com, you@mail.example.org, x@host.test, y@z.invalid, root@localhost",
        "name@domain.com, you@yourdomain.com, your.name@yourcompany.com, user@mydomain.org, foo@bar.com",
        "https://anna@host.com/x, ssh://anna@host.com, postgres://anna@db.firm.com/x",
        "https://anna:secret@host.org",
        "Message-ID: <20240501.1234@mail.firm.com>",
        "In-Reply-To: <CAF01@mail.firm.com>",
        "x@y.notatld, name@host.c, v@1.2.3",
        "seurat@meta.name <- x; obj@assays.info; tree@node.id and fit@params.style",
        "npm i chalk@next.dev ky@beta.io, yarn add rollup@canary.sh got@stable.app",
        "logo@2x.io and badge@1.5x.app",
    ],
)
def test_what_code_and_machines_write_is_no_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail anna@firm.de: she knows.", ["anna@firm.de"]),
        ("Contacts: anna@firm.de; bob@firm.de", ["anna@firm.de", "bob@firm.de"]),
        ("email (anna@firm.de) or phone", ["anna@firm.de"]),
        ("anna@firm.de (at work)", ["anna@firm.de"]),
        ("Use ssh to log in.\nanna@firm.de answers.", ["anna@firm.de"]),
        ("git config user.email anna@firm.de", ["anna@firm.de"]),
    ],
)
def test_what_stands_beside_an_address_does_not_hide_it(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "unit", ["a@", "a.", "a@a.", "@", "é@é.", "ssh ", "ssh a@a.de ", "a@a.a.", "mailto:"]
)
def test_two_hundred_kilobytes_of_one_unit_are_read(unit: str) -> None:
    list(emails(unit * (200_000 // len(unit))))


@pytest.mark.parametrize(
    "text",
    [
        *("return@forEach.run { it }", "this@Main.app.start()", "break@outer.now", "super@Base.run"),
        *("A@B.info", "x@Dim.name", "[NSString@loft.me]", "[UIView@main.run]"),
        *("test@test.com", "admin@test.org", "john.doe@email.com", "jane_doe@mail.com", "user1@site.com"),
        *("someone@somewhere.com", "me@here.com", "name@email.com", "jdoe@web.de"),
    ],
)
def test_labels_slots_and_names_of_nobody_are_no_addresses(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "address",
    ["lars.holm@email.com", "test@kontor.de", "john.doe@kontor.de", "Anna@Firma.info", "returns@kontor.de"],
)
def test_persons_with_such_hosts_or_names_are(address: str) -> None:
    assert found(f"Write to {address} today.") == [address]
