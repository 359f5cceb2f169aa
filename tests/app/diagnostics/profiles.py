"""A profile in which secrets were planted everywhere a secret can stand."""

import json
import logging
import sqlite3
import zipfile

from app.chat import schema, search
from app.start.logs import route_logging
from app.start.profile import Profile
from xlog.crypt import KeyPair
from xlog.reader import read_text

# None of their words is one that Phobos itself says.
MESSAGE = "the vault opens with Xylograph-7731 behind the birch"
CHINESE = "保险箱的暗号是青花瓷瓶"
OTHER = "see you at the kiosk"
TOKEN = "tk_9fQz.73Bn-LmP2+vX/8"
PASSWORD = "corr3ct h0rse battery"
NAME, FRIEND = "Zebulon Quist", "欧阳雪"
HOST, ADDRESS = "im.zircon.example", "203.0.113.77"
SECRETS = (
    MESSAGE, "Xylograph", "7731 behind", CHINESE, "青花瓷", "kiosk", TOKEN, PASSWORD, "corr3ct",
    NAME, "Zebulon", FRIEND, HOST, "zircon", ADDRESS,
)  # fmt: skip
PAIR = KeyPair.generate()


def make_profile(folder, *, public_key=""):
    """The folder of a profile after a conversation, with its log."""
    folder.mkdir(parents=True, exist_ok=True)
    profile = Profile(folder)
    profile.logs.mkdir(exist_ok=True)
    _database(profile)
    log_in = {"name": NAME, "server_id": "sid-5521-quartz", "token": TOKEN}
    profile.log_in.write_text(json.dumps({f"{HOST}:8081": log_in}), "utf-8")
    profile.settings.write_text(
        f"[account]\nname={NAME}\n[server]\nhost={HOST}\nlonglink_port=8081\n"
        f"[log]\npublic_key={public_key}\n[window]\ngeometry=@ByteArray(x)\n",
        "utf-8",
    )
    (folder / "network").mkdir(exist_ok=True)
    ranking = {"networks": {"wifi": {f"{ADDRESS}:8081": {"history": 3, "host": HOST}}}}
    (folder / "network" / "ip_ranking.json").write_text(json.dumps(ranking))
    log(profile, public_key)
    return profile


def _database(profile):
    db = sqlite3.connect(profile.database)
    search.register(db)
    db.executescript(schema.SCHEMA)
    db.execute(
        "INSERT INTO accounts (id, server_id, name_key, name) VALUES (1, 'sid', ?, ?)",
        (NAME.lower(), NAME),
    )
    members = json.dumps([NAME, FRIEND])
    db.execute(
        "INSERT INTO conversations (account, id, kind, title, members, last_seq, read_seq,"
        " told_seq) VALUES (1, 'c', 'direct', '', ?, 1, 1, 1)",
        (members,),
    )
    for number, (sender, text) in enumerate(((NAME, MESSAGE), (FRIEND, CHINESE), (NAME, OTHER))):
        db.execute(
            "INSERT INTO messages (account, client_id, conversation_id, seq, sender, text, time,"
            " state) VALUES (1, ?, 'c', ?, ?, ?, 1.0, 'sent')",
            (f"m{number}", number, sender, text),
        )
    db.commit()
    db.close()


def careless_lines():
    """What a careless program would log."""
    yield f"sending {MESSAGE!r} to {FRIEND}"
    yield f"a part of it: {MESSAGE[:33]}"
    yield "words far apart: Xylograph ... kiosk"
    yield f"received {CHINESE}了"
    yield f"as JSON {json.dumps({'text': CHINESE, 'from': FRIEND})}"
    yield f"as bytes {MESSAGE.encode().hex()} {CHINESE.encode().hex()}"
    yield f"log in as {NAME}, password={PASSWORD}"
    yield f"password: '{PASSWORD}'"
    yield f"Authorization: Bearer {TOKEN}"
    yield f"the bare token {TOKEN} and quoted {json.dumps(TOKEN)}"
    yield f"connected to {HOST} [{ADDRESS}]:8081, mail zebulon@zircon.example"
    yield f"two lines\nthe second: {MESSAGE}\nand {PASSWORD.join(['password=', ''])}"


def log(profile, public_key="", *lines):
    root = logging.getLogger()
    level = root.level
    end = route_logging(profile.logs, public_key)
    try:
        for line in (*careless_lines(), *lines):
            logging.getLogger("app.careless").info("%s", line)
        logging.getLogger("netcore.longlink").info("default-longlink: up after 0.020 s")
    finally:
        end()
        root.setLevel(level)


def everything_in(path, private_key=None):
    """Every byte that somebody with the archive, and perhaps the key, can come to."""
    found = [path.read_bytes()]
    keys = [private_key] if private_key else []
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            data = archive.read(entry)
            found += [entry.filename.encode(), data]
            if entry.filename.endswith(".xlog"):
                target = path.parent / "unpacked.xlog"
                target.write_bytes(data)
                found.append(read_text(target, keys))
            if entry.filename.endswith(".json"):
                plain = json.dumps(json.loads(data), ensure_ascii=False)
                found.append(plain.encode("utf-8", "surrogatepass"))
    return b"\n".join(found)


def leaks(data, secrets=SECRETS):
    """Which secrets are in the data, in whatever form."""
    lower = data.lower()
    found = []
    for secret in secrets:
        plain = secret.encode()
        forms = {plain, plain.hex().encode(), json.dumps(secret)[1:-1].encode()}
        found += [secret for form in forms if form.lower() in lower]
    return found
