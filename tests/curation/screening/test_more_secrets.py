"""Secrets of further services, commands, calls and sentences, and what stands in their places and is none."""

import random
import string

import polars as pl
import pytest

from entropy_assets.curation.screening.credentials import find_secrets, secrets
from entropy_assets.curation.screening.escapes import revealed, with_disguise

_DRAW = random.Random(20)
_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


def drawn(n: int, signs: str = _ALNUM) -> str:
    """Return `n` signs, among letters and digits at least two digits, a capital and a small letter."""
    while True:
        found = "".join(_DRAW.choice(signs) for _ in range(n))
        kinds = (sum(map(str.isdigit, found)) > 1, any(map(str.isupper, found)), any(map(str.islower, found)))
        if all(kinds) or signs != _ALNUM or n < 9:
            return found


def word(n: int = 12) -> str:
    """Return a password whose kinds of signs change all the time."""
    return "".join(
        _DRAW.choice((string.ascii_lowercase, string.ascii_uppercase, string.digits)[i % 3]) for i in range(n)
    )


UUID = "-".join(drawn(n, _HEX) for n in (8, 4, 4, 4, 12))
TOKENS = {
    "tavily": "tvly-" + drawn(32),
    "tavily of development": "tvly-dev-" + drawn(32),
    "jina": "jina_" + drawn(60),
    "firecrawl": "fc-" + drawn(32, _HEX),
    "e2b": "e2b_" + drawn(40, _HEX),
    "notion": "ntn_" + drawn(46),
    "supabase": f"sb_secret_{drawn(22)}_{drawn(8)}",
    "langfuse": f"sk-lf-{UUID}",
    "fireworks": "fw_" + drawn(24),
    "split": f"key = 'ghp_' + '{drawn(36)}'",
    "split of a webhook": f'"whsec_" + "{drawn(40)}"',
}
BESIDE = {
    "wandb": f"wandb login {drawn(40, _HEX)}",
    "wandb with options": f"wandb login --relogin {drawn(40, _HEX)}",
    "vercel": f"vercel --token {drawn(24)} --prod",
    "modal": f"modal token set --token-id ak-1 --token-secret as-{drawn(22)}",
    "a key of a command": f"tool deploy --api-key '{drawn(32)}'",
    "a client": f"co = cohere.Client('{drawn(40)}')",
    "a client of an argument": f'client = new AcmeClient("{drawn(40)}", {{ region }})',
    "an option of a client": f'client := foo.New(url, foo.WithToken("{drawn(40)}"))',
    "a setter": f'api.setApiKey("{drawn(40)}");',
    "jwt": f"jwt.sign(payload, '{drawn(24)}')",
    "jwt of an object": f"jwt.sign({{ id: user.id }}, '{drawn(24)}', {{ expiresIn: '1h' }})",
    "jwt in Python": f'jwt.encode(claims, "{drawn(24)}", algorithm="HS256")',
    "a cipher": f"AES.new(b'{drawn(32)}', AES.MODE_GCM)",
    "a cipher of Node": f"crypto.createCipheriv('aes-256-cbc', '{drawn(32)}', iv)",
    "a signature": f"hmac.new(b'{drawn(32)}', body, hashlib.sha256)",
    "jdbc": f"jdbc:oracle:thin:scott/{word()}@db:1521:x",
    "sqlplus": f"sqlplus scott/{word()}@db",
    "sqlplus in quotes": f"sqlplus -s 'app/{word()}@//db:1521/x'",
    "ldap": f"ldapsearch -x -D cn=admin -w {word()} -b dc=acme",
    "rdp": f"xfreerdp /u:jo /p:{word()} /v:10.1.1.1",
    "net use": f"net use Z: \\\\nas\\share /user:acme\\jo {word()}",
    "letters alone of a command": "net use Z: \\\\nas\\share /user:acme\\jo NKxAciipqJtM",
    "net user": f"net user jo {word()} /add",
    "htpasswd": f"htpasswd -cb .htpasswd jo {word()}",
    "htpasswd without a file": f"htpasswd -nbB jo {word()}",
    "chpasswd": f"echo 'deploy:{word()}' | chpasswd",
    "chpasswd of root": f'echo "root:{word()}" | sudo chpasswd',
    "cisco": f"username admin privilege 15 password 0 {word()}",
    "cisco, secret": f"enable secret 0 {word()}",
    "snmp": f"snmp-server community {word()} RW",
    "html": f'<input type="password" name="pw" value="{word()}">',
    "html the other way": f'<input value="{word()}" type="password">',
    "letters alone in quotes": '[auth]\npassphrase = "qHReEqAncfneLRHy"',
    "letters alone of a variable": 'variable "db_password" { default = "exOjBFADqjHh" }',
}
SAID = {
    "japanese": "パスワードはplpErf87038です。",
    "korean": f"서버 비밀번호는 {word()} 입니다.",
    "polish": f"Hasło do serwera to {word()}.",
    "arabic": f"كلمة المرور هي {word()}",
    "czech": f"Heslo k serveru je {word()}.",
    "greek": f"Ο κωδικός είναι {word()}",
    "short name": f"sure, pw's {word()} - tell nobody",
    "short name with a colon": f"the box: pw: {word()}",
    "two letters": f"u: jo\np: {word()}",
    "two letters of a list": f"- user: jo\n- p: {word()}",
    "a stroke": f"Credentials (staging): svc-ci — {word(14)}",
    "backup codes": "Backup codes: 9c8a6-e5dd2 8b3dd-6da85 c01ce-f34b8",
    "recovery codes below": "Your GitHub recovery codes:\n9c8a6-e5dd2\n8b3dd-6da85\n",
    "codes of digits": "2FA backup codes: 4829 1174, 9920 3817, 2256 9031",
}
HARMLESS = {
    "a prefix alone": "tvly-YOUR_API_KEY, jina_..., fc-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "a name": "fw_update_interval_in_seconds and fw_versionCheckIntervalSecs",
    "a key that shows how one looks": "sk-lf-1234567890 and sk-lf-12345678-1234-1234-1234-123456789abc",
    "a public key": f"pk-lf-{UUID}",
    "publishable": f"sb_publishable_{drawn(22)}_{drawn(8)}",
    "a field": "int e2b_[4]; ntn_count = 3; jina_embeddings_v2_base_en_model_name_long",
    "wandb": "wandb login --relogin; wandb login $WANDB_API_KEY; wandb login YOUR_API_KEY",
    "a token of a page": f"aws s3api list --page-token {drawn(40)} --next-token {drawn(40)}",
    "a variable": "vercel --token $VERCEL_TOKEN --prod; vercel --token ${{ secrets.VERCEL_TOKEN }}",
    "a placeholder": "modal token set --token-id <token-id> --token-secret <token-secret>",
    "a client": "co = cohere.Client('COHERE_API_KEY'); Client('https://api.acme.io/v1/long/path')",
    "a client of a name": 'new AcmeClient("production-cluster-eu-west-1-primary")',
    "jwt": "jwt.sign(payload, 'secret'); jwt.verify(token, process.env.JWT_SECRET)",
    "jwt of a token": 'jwt.decode(token, "your-256-bit-secret")',
    "a cipher": "AES.new(key, AES.MODE_GCM); AES.new(b'Sixteen byte key', AES.MODE_EAX)",
    "sqlplus": "sqlplus scott/tiger@orcl; sqlplus / as sysdba; sqlplus user/password@db",
    "jdbc": "jdbc:oracle:thin:@db:1521:x and jdbc:oracle:thin:scott/tiger@db:1521:x",
    "ldap": "ldapsearch -x -D cn=admin -w $PASS; ldapsearch -W -D cn=admin; ldapsearch -w secret",
    "rdp": "xfreerdp /u:jo /p:password /v:10.1.1.1",
    "net use": "net use Z: \\\\nas\\share /user:acme\\jo *; net user jo /delete",
    "htpasswd": "htpasswd -c .htpasswd jo; htpasswd -cb .htpasswd user password",
    "chpasswd": "echo 'root:root' | chpasswd; echo \"$USER:$PASS\" | chpasswd",
    "cisco": "username admin secret 5 $1$abcd$abcdefghijklmnop; password 0 characters long",
    "snmp": "snmp-server community public RO; snmp-server community private RW",
    "html": '<input type="password" value=""> <input type="text" value="Iat8H1S6zm3T">',
    "html of a template": '<input type="password" value="{{ password }}">',
    "names of code": 'password = "currentUserPassword"; passphrase = "passphraseFromStdin"',
    "japanese": "パスワードはbcryptでハッシュ化します。パスワードはSHA256で保存する。",
    "polish": "Hasło to ciąg znaków. Hasło do serwera to tajemnica.",
    "short name": "pw = getpass(); pw: str; pw is required",
    "two letters": "u: velocity\np: pressure\nu: 3.0\np: 101325",
    "a stroke": "Credentials (staging): see vault — production uses OAuth2Token",
    "backup codes": "Backup codes: store them in a safe place. Recovery codes are 10-digit numbers.",
    "sums": "'abc' + 'def' + 'ghi'; path = 'src/' + 'components_of_the_application'",
}


def found(text: str) -> list[str]:
    texts = pl.Series([text])
    shown = [revealed(text)] if with_disguise(texts) else []
    rows = find_secrets(["a"] * (1 + len(shown)), pl.Series([text, *shown]))
    assert {row[2] for row in rows} == {name for one in (text, *shown) for name, _, _ in secrets(one)}
    return [row[2] for row in rows]


@pytest.mark.parametrize("name", [*TOKENS, *BESIDE, *SAID])
def test_it_is_found_by_itself_and_in_a_text(name: str) -> None:
    text = {**TOKENS, **BESIDE, **SAID}[name]
    assert found(text)
    assert found(f"I ran this yesterday:\n\n{text}\n\nand it worked.")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_stands_in_the_same_place_is_none(name: str) -> None:
    assert found(HARMLESS[name]) == []
