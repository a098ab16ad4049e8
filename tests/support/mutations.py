"""Files with a little damage, as a bad line, a full disk or a bug in a program leaves them."""

import io
import random
import zipfile


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes with a few of them changed, taken out, doubled or moved; of no bytes some."""
    changed = bytearray(content or chance.randbytes(20))
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(changed)), chance.randint(1, 20)
        kind = chance.randrange(4)
        if kind == 0:
            changed[at] = chance.choice(b"\"',;\t\r\n\0\x1a\x80\xc3\xe9\xff<{|")
        elif kind == 1 and len(changed) > length + 1:
            del changed[at : at + length]
        elif kind == 2:
            changed[at:at] = changed[at : at + length]
        else:
            changed[at:at] = chance.randbytes(length)
    return bytes(changed)


def mutated_package(content: bytes, chance: random.Random) -> bytes:
    """A zipped workbook, one of whose parts is mutated; the archive around it is whole."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice([one for one in old.namelist() if old.read(one)])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mutated(part, chance) if name == chosen else part)
    return copy.getvalue()
